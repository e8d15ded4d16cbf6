"""Makes small random sparse dictionaries as several libraries write them, and what these compute.

    python3 make_dictionaries.py        (in this folder; PyTorch 1.13, NumPy)

One folder per dictionary, of K = 7 features over C = 5 channels. numbers.safetensors: inputs `x`
[N,C], and for each folder `FOLDER.codes` [N,K], by each library's own formula as published, in double
precision, nothing folded.

The formulas: ViT-Prisma sae/sae.py and transcoders/transcoder.py; dictionary_learning dictionary.py
and trainers/; sparsify sparse_coder.py and fused_encoder.py; SAELens saes/transcoder.py; Gemma Scope's
tutorial (arXiv 2408.05147, eq. 1).
"""

import json
import os
import struct

import numpy as np
import torch

C, K, N = 5, 7, 24
torch.manual_seed(34)
x = torch.randn(N, C) * 1.5
numbers = {"x": x}


def tensors():
    """Encoder (C,K), its bias, decoder (K,C), its bias, thresholds: all random."""
    return torch.randn(C, K), torch.randn(K) * 0.5, torch.randn(K, C), torch.randn(C), torch.rand(K)


def topk(z, k):
    values, indices = z.relu().topk(k, dim=-1)
    return torch.zeros_like(z).scatter(-1, indices, values)


def above(z, threshold):
    return z.relu() * (z > threshold)


def safetensors(name, tensors):
    header, offset = {}, 0
    for key, value in tensors.items():
        size = value.numel() * 4
        header[key] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(name, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for value in tensors.values():
            file.write(value.detach().float().contiguous().numpy().tobytes())


def write(folder, settings, file, tensors, codes):
    """Settings go to the file named first, or into the weights where there is none."""
    os.makedirs(folder, exist_ok=True)
    if settings:
        with open(os.path.join(folder, settings[0]), "w") as out:
            json.dump(settings[1], out)
    path = os.path.join(folder, file)
    safetensors(path, tensors) if file.endswith(".safetensors") else torch.save(tensors, path)
    numbers[folder + ".codes"] = codes


def double(*values):
    return [value.double() for value in values]


def layer_norm(x, eps=1e-5):
    """run_time_activation_ln_in of ViT-Prisma and SAELens."""
    x = x - x.mean(dim=-1, keepdim=True)
    return x / (x.std(dim=-1, keepdim=True) + eps)


def prisma(folder, codes, extra, single=False, more=()):
    w, b, d, bd, _ = tensors()
    state = {"W_enc": w, "b_enc": b, "W_dec": d, "b_dec": bd}
    state.update({name: torch.randn(*shape) for name, shape in more})
    settings = {
        "architecture": "standard",
        "hook_point_layer": 3,
        "layer_subtype": "hook_resid_post",
        "hook_point_head_index": None,
        "d_in": C,
        "d_sae": K,
        "activation_fn_str": "relu",
        "activation_fn_kwargs": {},
        "normalize_activations": "none",
        "cls_token_only": False,
        "l1_coefficient": float("nan"),
        **extra,
    }
    w, b, bd, i = double(w, b, bd, x)
    if settings["normalize_activations"] == "layer_norm":
        i = layer_norm(i)
    codes = codes((i - bd) @ w + b)
    if single:
        write(folder, None, "weights.pt", {"config": settings, "state_dict": state}, codes)
    else:
        write(folder, ("config.json", settings), "weights.pt", state, codes)


prisma("prisma", torch.relu, {})
topk2 = {"activation_fn_str": "topk", "activation_fn_kwargs": {"k": 2}}
prisma("prisma_topk", lambda z: topk(z, 2), topk2)
prisma("prisma_single", lambda z: topk(z, 2), topk2, single=True)
out = {"is_transcoder": True, "transcoder_with_skip_connection": True, "d_out": C}
out.update({"out_hook_point_layer": 3, "layer_out_subtype": "hook_mlp_out"})
prisma("prisma_transcoder", torch.relu, out, more=[("b_dec_out", [C]), ("W_skip", [C, C])])


def dictionary_learning(name, state, codes, k=None):
    trainer = {"trainer_class": "A", "dict_class": name, "activation_dim": C, "dict_size": K, "lr": float("inf")}
    if k:
        trainer["k"] = k
    settings = {"trainer": {**trainer, "submodule_name": "resid_post_layer_3"}, "buffer": {"d_submodule": C}}
    write("dictionary_learning_" + name, ("config.json", settings), "ae.pt", state, codes)


w, b, d, bd, _ = tensors()
layer = {"encoder.weight": w.T.clone(), "encoder.bias": b, "decoder.weight": d.T.clone()}
pre = (double(x)[0] - bd.double()) @ w.double() + b.double()
dictionary_learning("AutoEncoder", {"bias": bd, **layer}, pre.relu())
plain = double(x)[0] @ w.double() + b.double()
dictionary_learning("AutoEncoderNew", {**layer, "decoder.bias": bd}, plain.relu())
state = {"b_dec": bd, "k": torch.tensor(2, dtype=torch.int), "threshold": torch.tensor(0.9), **layer}
dictionary_learning("AutoEncoderTopK", state, topk(pre, 2))
dictionary_learning("BatchTopKSAE", state, above(pre, torch.tensor(0.9).double()))

w, b, d, bd, t = tensors()
state = {"W_enc": w, "b_enc": b, "W_dec": d, "b_dec": bd}
pre = (double(x)[0] - bd.double()) @ w.double() + b.double()
plain = double(x)[0] @ w.double() + b.double()
dictionary_learning("JumpReluAutoEncoder", {**state, "threshold": t}, above(plain, t.double()))
nested = {"k": torch.tensor(2), "threshold": torch.tensor(0.7), "group_sizes": torch.tensor([3, 4])}
dictionary_learning("MatryoshkaBatchTopKSAE", {**state, **nested}, above(pre, torch.tensor(0.7).double()))


def sparsify(folder, settings, transcode=False):
    w, b, d, bd, _ = tensors()
    state = {"encoder.weight": w.T, "encoder.bias": b, "W_dec": d, "b_dec": bd}
    if settings.get("skip_connection"):
        state["W_skip"] = torch.randn(C, C)
    w, b, bd, i = double(w, b, bd, x)
    codes = topk((i if transcode else i - bd) @ w + b, 3)
    base = {"activation": "topk", "expansion_factor": 2, "normalize_decoder": True, "num_latents": K, "k": 3}
    write(folder, ("cfg.json", {**base, "multi_topk": False, **settings, "d_in": C}), "sae.safetensors", state, codes)


sparsify("sparsify", {"transcode": False, "skip_connection": False})
sparsify("sparsify_skip", {"transcode": True, "skip_connection": True}, transcode=True)

w, b, d, bd, t = tensors()
settings = {"architecture": "skip_transcoder", "d_in": C, "d_sae": K, "d_out": C, "apply_b_dec_to_input": True}
settings["metadata"] = {"hook_name": "blocks.3.hook_resid_mid"}
settings["hook_name_out"] = "blocks.3.hook_mlp_out"
state = {"W_enc": w, "b_enc": b, "W_dec": d, "b_dec": bd, "W_skip": torch.randn(C, C)}
w, b, t, i = double(w, b, t, x)
saelens = "saelens_skip_transcoder"
write(saelens, ("cfg.json", settings), "sae_weights.safetensors", state, (i @ w + b).relu())


def gemma_scope(folder, save, convert, order="C"):
    w, b, d, bd, t = [convert(value.numpy()) for value in tensors()]
    os.makedirs(folder, exist_ok=True)
    w, d = [np.array(value, order=order) for value in (w, d)]
    save(os.path.join(folder, "params.npz"), W_enc=w, W_dec=d, b_enc=b, b_dec=bd, threshold=t)
    w, b, t = [torch.from_numpy(np.ascontiguousarray(value, "f8")) for value in (w, b, t)]
    numbers[folder + ".codes"] = above(x.double() @ w + b, t)


gemma_scope("gemma_scope", np.savez, lambda a: a)
gemma_scope("gemma_scope_fortran", np.savez, lambda a: a.astype("<f8"), "F")
gemma_scope("gemma_scope_packed", np.savez_compressed, lambda a: a.astype("<f2"))

prisma("prisma_layer_norm", torch.relu, {"normalize_activations": "layer_norm"})
prisma("prisma_layer_norm_topk", lambda z: topk(z, 2), {"normalize_activations": "layer_norm", **topk2})

w, b, d, bd, t = tensors()
settings = {"architecture": "standard", "d_in": C, "d_sae": K, "normalize_activations": "layer_norm"}
settings["metadata"] = {"hook_name": "blocks.3.hook_resid_post"}
state = {"W_enc": w, "b_enc": b, "W_dec": d, "b_dec": bd}
w, b, bd, i = double(w, b, bd, x)
codes = ((layer_norm(i) - bd) @ w + b).relu()
write("saelens_layer_norm", ("cfg.json", settings), "sae_weights.safetensors", state, codes)

safetensors("numbers.safetensors", numbers)
