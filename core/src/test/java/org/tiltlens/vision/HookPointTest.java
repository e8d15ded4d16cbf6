package org.tiltlens.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class HookPointTest {
  @Test
  void printsTheNameItWasParsedFrom() {
    for (String site : new String[] {"resid_pre", "conv_out", "block_out", "resid_post"}) {
      String name = "stages.2.20.hook_" + site;
      assertThat(HookPoint.parse(name)).hasToString(name);
      assertThat(HookPoint.parse("stages.2.20." + site)).isEqualTo(HookPoint.parse(name));
    }
  }

  @Test
  void isNotOnlyForConvNets() {
    assertThat(HookPoint.parse("blocks.11.hook_resid_post"))
        .isEqualTo(new HookPoint("blocks.11", HookPoint.Site.RESID_POST));
  }

  @Test
  void readsTheTokensOfATransformer() {
    HookPoint patches = HookPoint.parse("blocks.3.hook_mlp_out");
    HookPoint cls = HookPoint.parse("blocks.3.hook_mlp_out@cls");
    assertThat(cls).isEqualTo(patches.of(HookPoint.Tokens.CLS)).isNotEqualTo(patches);
    assertThat(cls).hasToString("blocks.3.hook_mlp_out@cls");
    assertThat(HookPoint.parse("blocks.3.resid_mid@storage"))
        .hasToString("blocks.3.hook_resid_mid@storage");
  }

  @Test
  void namesWhatItDoesNotUnderstandAndWhatItExpects() {
    for (String name :
        new String[] {
          "", "resid_pre", "stages.2.20", "stages.2.20.hook_q", "blocks.3.resid_mid@all"
        }) {
      assertThatThrownBy(() -> HookPoint.parse(name))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("'" + name + "'")
          .hasMessageContaining("hook_block_out");
    }
  }
}
