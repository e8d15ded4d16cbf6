package org.tiltlens.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiltlens.golden.Goldens;
import org.tiltlens.torch.Device;

/** What a user may say of a prior: nothing that its files contradict or that nobody reads. */
@Tag("golden")
class PriorFileTest {
  private static final Path ADM = Goldens.file("adm_unet.pt");
  private static final Path DIFFUSERS = Path.of("src/test/resources/diffusers/ddpm");

  private static void open(Path prior, String options) {
    Map<String, String> stated = new TreeMap<>();
    Arrays.stream(options.split(" "))
        .map(each -> each.split("=", 2))
        .forEach(each -> stated.put(each[0], each[1]));
    try (PriorNetwork network = PriorFile.open(prior, stated, Device.CPU)) {
      assertThat(network.denoiser()).isNotNull();
    }
  }

  private static String adm(String options) {
    return "image_size=16 num_head_channels=16 " + options;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "num_channels=32 num_res_blocks=1 channel_mult=1,2 learn_sigma=True class_cond=False",
        "attention_resolutions=8 use_scale_shift_norm=True resblock_updown=True",
        "attention_resolutions=8,2 use_fp16=True dropout=0.1",
        "predict_xstart=True prediction=x0",
      })
  void whatTheTensorsSayTooMayBeSaid(String options) {
    open(ADM, adm(options));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "num_channels=64 | num_channels=64 contradicts the tensors, of which 32 was read",
        "num_res_blocks=2 | num_res_blocks=2 contradicts the tensors, of which 1 was read",
        "channel_mult=1,2,3 | channel_mult=1,2,3 contradicts the tensors, of which 1.0,2.0 was",
        "learn_sigma=False | learn_sigma=False contradicts the tensors, of which true was read",
        "class_cond=True | class_cond=True contradicts the tensors, of which false was read",
        "use_scale_shift_norm=no | use_scale_shift_norm=no contradicts the tensors, of which true",
        "resblock_updown=False | resblock_updown=False contradicts the tensors, of which true was",
        "attention_resolutions=16 | attention_resolutions=16 contradicts the tensors, of which 8",
        "num_head_channels=7 | cannot be split into heads of 7 channels",
        "predict_xstart=True prediction=v | predict_xstart=True contradicts prediction=v",
        "sigma_data=0.5 | sigma_data=0.5 has no meaning for an ADM checkpoint",
      })
  void whatContradictsTheTensorsIsRefusedWithWhatWasRead(String options, String problem) {
    assertThatThrownBy(() -> open(ADM, adm(options)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(problem);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "image_size=64 | `priorOption` image_size=64 contradicts the config.json of",
        "num_head_channels=64 | `priorOption` num_head_channels=64 has no meaning for a diffusers",
        "part=ema. | `priorOption` part=ema. has no meaning for a diffusers folder",
      })
  void whatAFolderOfDiffusersSaysIsNotSaidOtherwise(String options, String problem) {
    open(DIFFUSERS, "image_size=8 prediction=v sigma_small=True");
    assertThatThrownBy(() -> open(DIFFUSERS, options))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(problem);
  }
}
