package org.tiltlens.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.feature.SparseDictionary;
import org.tiltlens.fixture.LiveNative;
import org.tiltlens.quality.QualiClip;
import org.tiltlens.run.Progress;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.vision.ClassHead;
import org.tiltlens.vision.HookPoint;
import org.tiltlens.vision.VisionModel;

/** What a job asks for is opened once, shared, and freed with the shelf. */
class ModelShelfTest {
  private static final Path MODELS = Path.of("src/test/resources/goldens");
  private static final String VISION = MODELS.resolve("dinov3_convnext.pth").toString();
  private static final String DICTIONARY = MODELS.resolve("cnnsae").toString();
  private static final String PRIOR = MODELS.resolve("adm_unet.safetensors").toString();
  private static final NoiseSchedule SCHEDULE = NoiseSchedule.linear(1000);
  private static final HookPoint EARLY = HookPoint.parse("stages.1.0.hook_resid_pre");
  private static final HookPoint LATE = HookPoint.parse("stages.2.1.hook_resid_pre");

  @TempDir private Path folder;

  private static ModelFiles files(Map<String, String> priorOptions) {
    return new ModelFiles(VISION, Map.of(), null, DICTIONARY, PRIOR, priorOptions, null);
  }

  @Test
  void whatIsAskedForAgainIsShared() {
    try (ModelShelf shelf = new ModelShelf()) {
      SparseDictionary dictionary = shelf.dictionary(DICTIONARY, Device.CPU);
      VisionModel vision = shelf.vision(VISION, Map.of(), LATE, Device.CPU);
      String sameElsewhere = MODELS.resolve("cnnsae/../dinov3_convnext.pth").toString();
      assertThat(shelf.dictionary(DICTIONARY, Device.CPU)).isSameAs(dictionary);
      assertThat(shelf.vision(sameElsewhere, Map.of(), LATE, Device.CPU)).isSameAs(vision);
      assertThat(shelf.opened()).containsExactly(DICTIONARY, VISION);
    }
  }

  @Test
  void qualiClipIsSharedAndIsItsFileAlone() throws IOException {
    String name = "src/test/resources/qualiclip/qualiclip.pth";
    try (ModelShelf shelf = new ModelShelf()) {
      assertThat(shelf.qualiClip(name, Device.CPU)).isSameAs(shelf.qualiClip(name, Device.CPU));
      assertThat(shelf.opened()).containsExactly(name);
    }
    assertThat(FileHashes.of(QualiClip.names(name), Progress.SILENT)).containsOnlyKeys(name);
  }

  @Test
  void otherHookPointsAndOptionsAreOtherNetworks() {
    try (ModelShelf shelf = new ModelShelf()) {
      VisionModel late = shelf.vision(VISION, Map.of(), LATE, Device.CPU);
      VisionModel early = shelf.vision(VISION, Map.of(), EARLY, Device.CPU);
      assertThat(early.hookPoints()).doesNotContain(LATE);
      assertThat(late.hookPoints()).contains(EARLY, LATE);
      shelf.prior(files(Map.of()), SCHEDULE, Device.CPU);
      shelf.prior(files(Map.of("clip_denoised", "false")), SCHEDULE, Device.CPU);
      assertThat(shelf.opened()).containsExactly(VISION, VISION, PRIOR, PRIOR);
    }
  }

  @Test
  void allSchedulesShareOneNetwork() {
    try (ModelShelf shelf = new ModelShelf();
        Scope scope = Scope.open()) {
      Prior coarse = shelf.prior(files(Map.of()), SCHEDULE.respaced("4"), Device.CPU);
      Prior fine = shelf.prior(files(Map.of()), SCHEDULE.respaced("7"), Device.CPU);
      assertThat(shelf.opened()).containsExactly(PRIOR);
      assertThat(coarse.schedule().steps()).isEqualTo(4);
      assertThat(fine.schedule().steps()).isEqualTo(7);
      Tensor x = Noise.normal(1, 0, 0, 1, 3, 32, 32);
      // Both end at the same step of the base schedule.
      assertThat(Tensors.toDoubles(coarse.predict(x, 3).x0Hat()))
          .isEqualTo(Tensors.toDoubles(fine.predict(x, 6).x0Hat()));
    }
  }

  @Test
  @Tag("rounding")
  void allOfANetworkServesItsHookPointsToo() {
    try (ModelShelf whole = new ModelShelf();
        ModelShelf part = new ModelShelf();
        Scope scope = Scope.open()) {
      VisionModel pooled = whole.pooled(VISION, Device.CPU);
      assertThat(whole.vision(VISION, Map.of(), LATE, Device.CPU)).isSameAs(pooled);
      assertThat(whole.opened()).containsExactly(VISION);
      Tensor images = Noise.normal(1, 0, 0, 2, 3, 32, 32);
      VisionModel upToHook = part.vision(VISION, Map.of(), LATE, Device.CPU);
      assertThat(Tensors.toDoubles(pooled.activations(images, LATE)))
          .isEqualTo(Tensors.toDoubles(upToHook.activations(images, LATE)));
      assertThatThrownBy(
              () ->
                  whole.vision(
                      VISION, Map.of(), HookPoint.parse("stages.2.40.hook_resid_pre"), Device.CPU))
          .hasMessageContaining("stage 2 has blocks 0..2");
      assertThatThrownBy(() -> whole.vision(VISION, Map.of("range", "0,1"), LATE, Device.CPU))
          .hasMessageContaining("vision option 'range' has no meaning");
    }
  }

  /** A bundle whose judge is the network of the tests, with a head for it. */
  private Bundle judged(String hook) throws IOException {
    Files.copy(MODELS.resolve("dinov3_convnext.pth"), folder.resolve("judge.pth"));
    try (Scope scope = Scope.open();
        ModelShelf shelf = new ModelShelf()) {
      long channels = shelf.pooled(VISION, Device.CPU).pooled(Tensors.zeros(1, 3, 32, 32)).size(1);
      SafetensorsWriter.write(
          folder.resolve("head.safetensors"),
          Map.of(
              ClassHead.WEIGHT, Noise.normal(1, 0, 0, 4, channels),
              ClassHead.BIAS, Tensors.zeros(4)),
          Map.of());
    }
    Files.writeString(
        folder.resolve("bundle.json"),
        """
        {"name": "tiny", "image_size": 32, "fit": "PAD", "vision": "v", "dictionary": "d",
         "prior": "p", "noise_schedule": "linear", "base_steps": 1000, "respacing": "50",
         "preset": "standard", "corpus": "c", "features": "f", "data_licence": "none",
         "judge": {"vision": "judge.pth", "head": "head.safetensors", "hook": "%s",
         "test_accuracy": 0.5}}
        """
            .formatted(hook));
    return Bundle.at(folder);
  }

  @Test
  void theJudgeIsSharedAndFreedAsOtherNetworksAre() throws IOException {
    Bundle bundle = judged(LATE.toString());
    long left =
        LiveNative.leftBy(
            () -> {
              try (ModelShelf shelf = new ModelShelf()) {
                OpenJudge judge = shelf.judge(bundle, Device.CPU).orElseThrow();
                assertThat(judge.hook()).isEqualTo(LATE);
                assertThat(judge.head().classes()).isEqualTo(4);
                assertThat(shelf.judge(bundle, Device.CPU)).contains(judge);
                assertThat(shelf.opened())
                    .containsExactly(folder + "/judge.pth", folder + "/head.safetensors");
              }
            });
    assertThat(left).isZero();
  }

  @Test
  void aJudgeWithoutItsHookPointIsRefused() throws IOException {
    Bundle bundle = judged("stages.2.40.hook_resid_pre");
    try (ModelShelf shelf = new ModelShelf()) {
      assertThatThrownBy(() -> shelf.judge(bundle, Device.CPU))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("stage 2 has blocks 0..2");
    }
  }

  @Test
  void threadsThatAskAtTheSameTimeGetTheSame() {
    try (ModelShelf shelf = new ModelShelf()) {
      List<VisionModel> got =
          IntStream.range(0, 8)
              .parallel()
              .mapToObj(i -> shelf.vision(VISION, Map.of(), LATE, Device.CPU))
              .distinct()
              .toList();
      assertThat(got).hasSize(1);
      assertThat(shelf.opened()).containsExactly(VISION);
    }
  }

  @Test
  void nothingIsLeftOfAShelf() {
    long left =
        LiveNative.leftBy(
            () -> {
              try (ModelShelf shelf = new ModelShelf()) {
                shelf.vision(VISION, Map.of(), LATE, Device.CPU);
                shelf.pooled(VISION, Device.CPU);
                shelf.prior(files(Map.of()), SCHEDULE, Device.CPU);
                assertThatThrownBy(
                        () -> shelf.prior(files(Map.of("label", "3")), SCHEDULE, Device.CPU))
                    .hasMessageContaining("give no label");
              }
            });
    assertThat(left).isZero();
  }

  @Test
  void whatCannotBeOpenedIsNotThereAndTriedAgain() {
    String nowhere = MODELS.resolve("nowhere").toString();
    try (ModelShelf shelf = new ModelShelf()) {
      SparseDictionary dictionary = shelf.dictionary(DICTIONARY, Device.CPU);
      for (int again = 0; again < 2; again++) {
        assertThatThrownBy(() -> shelf.vision(nowhere, Map.of(), LATE, Device.CPU))
            .isInstanceOf(CheckpointException.class)
            .hasMessageContaining("does not exist");
      }
      assertThat(shelf.opened()).containsExactly(DICTIONARY);
      assertThat(shelf.dictionary(DICTIONARY, Device.CPU)).isSameAs(dictionary);
    }
  }

  @Test
  void aClosedShelfLendsNothing() {
    ModelShelf shelf = new ModelShelf();
    shelf.dictionary(DICTIONARY, Device.CPU);
    shelf.close();
    assertThatThrownBy(() -> shelf.dictionary(DICTIONARY, Device.CPU))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("'%s' was asked for after its shelf was closed", DICTIONARY);
  }

  @Test
  void theModelsBesideOneThatCannotBeClosedAreClosed() {
    List<String> closed = new ArrayList<>();
    OpenModels open = new OpenModels();
    open.with(() -> closed.add("first"));
    open.with(
        () -> {
          throw new IllegalStateException("stuck");
        });
    open.with(() -> closed.add("last"));
    assertThatThrownBy(open::close).hasRootCauseMessage("stuck");
    assertThat(closed).containsExactly("last", "first");
  }
}
