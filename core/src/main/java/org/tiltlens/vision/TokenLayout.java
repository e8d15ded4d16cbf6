package org.tiltlens.vision;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Scope;

/**
 * What the tokens (N, T, D) are that a transformer of others returns: first a class token and
 * storage tokens, if it has them, then one token per patch, row by row.
 *
 * @param prefix {@code prefix_tokens}: how many come before the patches; default 0
 * @param cls {@code cls}: whether the first of them is a class token, the others are storage
 *     tokens; default false
 * @param map {@code map}: rows and columns of patches; empty (the default) for as many rows as
 *     columns
 */
public record TokenLayout(int prefix, boolean cls, List<Integer> map) {
  private static final int MOST = 1 << 20;

  /** Nothing but patches, as many rows as columns. */
  public static final TokenLayout DEFAULT = new TokenLayout(0, false, List.of());

  public TokenLayout {
    map = List.copyOf(map);
    if (prefix < 0 || prefix > MOST) {
      throw new IllegalArgumentException("prefix_tokens is " + prefix + ", expected 0.." + MOST);
    }
    if (cls && prefix == 0) {
      throw new IllegalArgumentException(
          "cls is true, but prefix_tokens is 0: expected at least 1, the class token");
    }
    if (!map.isEmpty() && (map.size() != 2 || map.stream().anyMatch(n -> n < 1 || n > MOST))) {
      throw new IllegalArgumentException(
          "map is " + map + ", expected rows and columns, each 1.." + MOST);
    }
  }

  /** What a network's settings say. */
  static TokenLayout of(JsonSettings settings) {
    List<Double> map = settings.numbers("map", List.of());
    if (map.stream().anyMatch(number -> number != Math.rint(number))) {
      throw settings.wrong("map", "whole numbers");
    }
    return new TokenLayout(
        settings.integer("prefix_tokens", "a whole number").orElse(DEFAULT.prefix),
        settings.flag("cls", DEFAULT.cls),
        map.stream().map(Double::intValue).toList());
  }

  /** How many storage tokens there are. */
  int storage() {
    return cls ? prefix - 1 : prefix;
  }

  /**
   * Rows and columns of patches.
   *
   * @param tokens how many tokens there are in all
   * @throws IllegalArgumentException if they do not fit
   */
  List<Integer> grid(long tokens) {
    long patches = tokens - prefix;
    int side = (int) Math.round(Math.sqrt(Math.max(0, patches)));
    List<Integer> grid = map.isEmpty() ? List.of(side, side) : map;
    if (patches < 1 || (long) grid.get(0) * grid.get(1) != patches) {
      throw new IllegalArgumentException(
          "%d tokens less %d before the patches are no map of %s: state \"prefix_tokens\" and, if it is no square, \"map\": [rows, columns]"
              .formatted(
                  tokens,
                  prefix,
                  map.isEmpty() ? "as many rows as columns" : map.get(0) + " x " + map.get(1)));
    }
    return grid;
  }

  /**
   * Some of the tokens as a map.
   *
   * @param tokens (N, T, D)
   * @return (N, D, rows, columns) of the patches, (N, D, 1, 1) of the class token, (N, D, 1, S) of
   *     the storage tokens
   */
  Tensor of(Tensor tokens, HookPoint.Tokens which) {
    return switch (which) {
      case PATCHES -> {
        List<Integer> grid = grid(tokens.size(1));
        yield map(tokens, prefix, grid.get(0), grid.get(1));
      }
      case CLS -> map(tokens, 0, 1, 1);
      case STORAGE -> map(tokens, prefix - storage(), 1, storage());
    };
  }

  private static Tensor map(Tensor tokens, int from, int rows, int columns) {
    return Scope.of(
        () ->
            tokens
                .narrow(1, from, (long) rows * columns) // (N, hw, D)
                .transpose(1, 2)
                .reshape(tokens.size(0), tokens.size(2), rows, columns));
  }
}
