package org.tiltlens.models;

import org.tiltlens.vision.ClassHead;
import org.tiltlens.vision.HookPoint;
import org.tiltlens.vision.PooledModel;

/**
 * A bundle's judge: a classifier that no image was guided by, to ask whether others than the
 * guiding network see what it was made to see.
 *
 * <p>Its networks stay the shelf's they are from.
 *
 * @param vision the network
 * @param head which makes a classifier of it
 * @param hook where its features are read
 */
public record OpenJudge(PooledModel vision, ClassHead head, HookPoint hook) {
  public OpenJudge {
    vision.require(hook);
  }
}
