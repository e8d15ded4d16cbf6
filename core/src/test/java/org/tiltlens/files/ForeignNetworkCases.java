package org.tiltlens.files;

import static org.tiltlens.files.FileCase.refused;
import static org.tiltlens.files.FileCases.cut;
import static org.tiltlens.files.FileCases.folderOf;
import static org.tiltlens.files.FileCases.golden;
import static org.tiltlens.files.FileCases.text;
import static org.tiltlens.files.Group.NETWORK;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** What is taken for a vision model and is none. */
final class ForeignNetworkCases {
  private static final String CONVNEXT = "dinov3_convnext.safetensors";
  private static final byte[] EMPTY = new byte[0];

  private ForeignNetworkCases() {}

  static List<FileCase> files() {
    return List.of(
        refused(
            NETWORK,
            "a download that broke off",
            "not a sound safetensors file: its tensors fill",
            cut(golden(CONVNEXT), 9, 10)),
        refused(
            NETWORK,
            "the same of a `.pth`",
            "not a sound zip file: it has no end-of-directory record (cut short?)",
            cut(golden("dinov3_convnext.pth"), 1, 2)),
        refused(
            NETWORK,
            "a pointer of Git LFS",
            "a Git LFS pointer to a file that was not downloaded: run `git lfs pull`",
            text(
                "model.safetensors",
                "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n")),
        refused(
            NETWORK,
            "a web page in place of the file",
            "a web page: download the file again",
            text("model.pth", "<!DOCTYPE html><html></html>")),
        refused(
            NETWORK,
            "ONNX",
            "an ONNX file: give the checkpoint it was exported from",
            text("model.onnx", "\u0008\u0007\u0012\u0007pytorch")),
        refused(
            NETWORK,
            "GGUF",
            "a GGUF file, weights quantised for llama.cpp",
            text("model.gguf", "GGUF\u0003\0\0\0")),
        refused(
            NETWORK,
            "HDF5 (Keras)",
            "an HDF5 file, such as Keras writes",
            text("model.h5", "\u0089HDF\r\n\u001a\n")),
        refused(
            NETWORK,
            "a checkpoint in gzip",
            "compressed with gzip: unpack it first",
            text("model.pth.gz", "\u001f\u008b\u0008\0")),
        refused(
            NETWORK,
            "an image",
            "a picture, not a model: `image` takes one, and `images` a folder of them",
            text("cat.png", "\u0089PNG\r\n\u001a\n")),
        refused(
            NETWORK,
            "a JSON file, such as `run.json`",
            "JSON, settings or the record of a run, not weights",
            text("run.json", "{}")),
        refused(
            NETWORK,
            "anything else",
            "is neither a safetensors nor a PyTorch file",
            text("notes.txt", "some notes")));
  }

  static List<FileCase> folders() {
    return List.of(
        refused(
            NETWORK,
            "a folder with several checkpoints",
            "holds several checkpoints (a.pth, b.pth): name one, such as",
            folderOf(Map.of("a.pth", EMPTY, "b.pth", EMPTY))),
        refused(
            NETWORK,
            "a folder of images",
            "holds no checkpoint but images (`images` takes them)",
            folderOf(Map.of("cat.png", EMPTY))),
        refused(
            NETWORK,
            "a folder without one",
            "expected model.safetensors",
            folderOf(Map.of("notes.txt", EMPTY))),
        refused(
            NETWORK,
            "Hugging Face's cache itself",
            "is a cache of Hugging Face: give a snapshot in it",
            folderOf(Map.of("models--a--b/snapshots/c/config.json", EMPTY))),
        refused(
            NETWORK,
            "an adapter (LoRA)",
            "holds a LoRA adapter",
            folderOf(Map.of("adapter_config.json", EMPTY, "adapter_model.safetensors", EMPTY))),
        refused(
            NETWORK,
            "shards without their index",
            "holds shards without their index",
            folderOf(Map.of("model-00001-of-00002.safetensors", EMPTY))),
        refused(
            NETWORK,
            "an index that leaves out a shard",
            "it names 1 of the 2 shards that 'model-00001-of-00002.safetensors' is one of",
            folderOf(
                Map.of(
                    "model-00001-of-00002.safetensors",
                    EMPTY,
                    "model.safetensors.index.json",
                    "{\"weight_map\": {\"a\": \"model-00001-of-00002.safetensors\"}}"
                        .getBytes(StandardCharsets.UTF_8)))),
        refused(
            NETWORK,
            "a distributed checkpoint",
            "holds a distributed checkpoint: join it with",
            folderOf(Map.of("__0_0.distcp", EMPTY))),
        refused(
            NETWORK,
            "TensorFlow's saved model",
            "holds a TensorFlow model",
            folderOf(Map.of("saved_model.pb", EMPTY))));
  }
}
