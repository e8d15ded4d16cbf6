package org.tiltlens.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tiltlens.synthesis.FourierAscent;
import org.tiltlens.synthesis.MacoAscent;
import org.tiltlens.synthesis.VitalAscent;
import org.tiltlens.torch.Optimiser;

class RecordSettingsTest {
  @Test
  void namesReachIntoRecordsWithin() {
    FourierAscent.Settings changed =
        RecordSettings.with(
            FourierAscent.Settings.DEFAULTS,
            Map.of(
                "steps", "7",
                "rate", "0.5",
                "transforms.pad", "3",
                "transforms.degrees", "-5,0,5",
                "optimiser.beta1", "0.25"),
            "fourier");
    assertThat(changed.steps()).isEqualTo(7);
    assertThat(changed.rate()).isEqualTo(0.5);
    assertThat(changed.transforms().pad()).isEqualTo(3);
    assertThat(changed.transforms().degrees()).isEqualTo(List.of(-5.0, 0.0, 5.0));
    assertThat(((Optimiser.Adam) changed.optimiser()).beta1()).isEqualTo(0.25);
    // And nothing else.
    assertThat(changed.transforms().jitter())
        .isEqualTo(FourierAscent.Settings.DEFAULTS.transforms().jitter());
  }

  @Test
  void namesAreInSnakeCaseAndBooleansAreWords() {
    VitalAscent.Settings changed =
        RecordSettings.with(
            VitalAscent.Settings.DEFAULTS, Map.of("warm_up", "5", "flip", "true"), "vital");
    assertThat(changed.warmUp()).isEqualTo(5);
    assertThat(changed.flip()).isTrue();
  }

  @Test
  void slipsSayWhatThereIs() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> RecordSettings.with(MacoAscent.Settings.DEFAULTS, Map.of("crop", "3"), "maco"))
        .withMessageStartingWith("unknown setting 'maco.crop': use one of centre_sd, crops,");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                RecordSettings.with(MacoAscent.Settings.DEFAULTS, Map.of("crops", "many"), "maco"))
        .withMessage("setting 'maco.crops' is 'many', expected something like 6");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> RecordSettings.with(MacoAscent.Settings.DEFAULTS, Map.of("crops", "0"), "maco"))
        .withMessageContaining("crops");
  }
}
