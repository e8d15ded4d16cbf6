"""Makes small vision transformers of random weights by the names of their libraries, and what PyTorch
computes with them.

    python3 make_vits.py        (in this folder; PyTorch 1.13, NumPy)

Each NAME.safetensors holds a state dict under `model.`, `input` [N,3,H,W] (normalised already, at a size
whose positions are resampled), `square` (at the learned size), and of either what the network computes:
`input.blocks.I` [N,T,C], the tokens after block I; `input.vector` [N,C], what sums the image up. `config`
in the metadata is the text of the config.json that belongs to it. Where there are several names of one
network, `same` in the metadata names the file that holds the same weights by other names.

The modules are written down here from the papers and from what timm, transformers, torchvision, OpenCLIP
and DINOv2 document of theirs; none of these libraries is needed.
"""

import json
import math
import struct

import torch
import torch.nn.functional as F
from torch import nn

WIDTH, HEADS, HIDDEN, DEPTH = 16, 2, 24, 2


def randomise(module):
    for p in module.parameters():
        p.data.normal_(0, 0.4)
    for m in module.modules():
        if isinstance(m, nn.LayerNorm):
            m.weight.data.uniform_(0.5, 1.5)
        if isinstance(m, nn.Linear):
            m.weight.data.mul_(0.7)
    return module.eval()


class Attention(nn.Module):
    """timm's and Meta's: one linear layer for queries, keys and values."""

    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(WIDTH, 3 * WIDTH)
        self.proj = nn.Linear(WIDTH, WIDTH)

    def forward(self, x):
        n, t, c = x.shape
        q, k, v = self.qkv(x).reshape(n, t, 3, HEADS, c // HEADS).permute(2, 0, 3, 1, 4)
        weights = (q @ k.transpose(-2, -1) / math.sqrt(c // HEADS)).softmax(-1)
        return self.proj((weights @ v).transpose(1, 2).reshape(n, t, c))


class Mlp(nn.Module):
    def __init__(self, activation=F.gelu):
        super().__init__()
        self.fc1, self.fc2, self.activation = nn.Linear(WIDTH, HIDDEN), nn.Linear(HIDDEN, WIDTH), activation

    def forward(self, x):
        return self.fc2(self.activation(self.fc1(x)))


class SwiGlu(nn.Module):
    def __init__(self):
        super().__init__()
        self.w12, self.w3 = nn.Linear(WIDTH, 2 * HIDDEN), nn.Linear(HIDDEN, WIDTH)

    def forward(self, x):
        gate, value = self.w12(x).chunk(2, dim=-1)
        return self.w3(F.silu(gate) * value)


class Scale(nn.Module):
    def __init__(self):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(WIDTH))

    def forward(self, x):
        return x * self.gamma


class Block(nn.Module):
    def __init__(self, mlp, scaled, epsilon):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH, epsilon), nn.LayerNorm(WIDTH, epsilon)
        self.attn, self.mlp = Attention(), mlp()
        self.ls1, self.ls2 = (Scale(), Scale()) if scaled else (nn.Identity(), nn.Identity())

    def forward(self, x):
        x = x + self.ls1(self.attn(self.norm1(x)))
        return x + self.ls2(self.mlp(self.norm2(x)))


def to_size(grid, rows, columns, antialias):
    return F.interpolate(grid, size=(rows, columns), mode="bicubic", align_corners=False, antialias=antialias)


def by_factor(grid, rows, columns):
    factors = (rows + 0.1) / grid.shape[2], (columns + 0.1) / grid.shape[3]
    return F.interpolate(grid, scale_factor=factors, mode="bicubic", align_corners=False)


class Vit(nn.Module):
    """timm's VisionTransformer and Meta's DINOv2.

    `tokens`: names of the tokens before the patches; the first `placed` of them have a position.
    """

    def __init__(self, patch, side, tokens, placed, resample, mlp=Mlp, scaled=False, epsilon=1e-6, pool="token",
                 pre_norm=False):
        super().__init__()
        self.names, self.placed, self.side, self.resample, self.pool = tokens, placed, side, resample, pool
        self.patch_embed = nn.Module()
        self.patch_embed.proj = nn.Conv2d(3, WIDTH, patch, patch, bias=not pre_norm)
        for name, count in tokens.items():
            setattr(self, name, nn.Parameter(torch.zeros(1, count, WIDTH)))
        self.pos_embed = nn.Parameter(torch.zeros(1, placed + side * side, WIDTH))
        self.blocks = nn.ModuleList(Block(mlp, scaled, epsilon) for _ in range(DEPTH))
        norm = nn.LayerNorm(WIDTH, epsilon)
        if pool == "fc_norm":
            self.fc_norm = norm
        else:
            self.norm = norm
        if pre_norm:
            self.norm_pre = nn.LayerNorm(WIDTH, epsilon)
        if pool == "map":
            self.attn_pool = LatentPool(mlp)

    def embed(self, images):
        x = self.patch_embed.proj(images)
        n, c, rows, columns = x.shape
        x = x.flatten(2).transpose(1, 2)
        before, grid = self.pos_embed[:, :self.placed], self.pos_embed[:, self.placed:]
        if (rows, columns) != (self.side, self.side):
            grid = grid.reshape(1, self.side, self.side, c).permute(0, 3, 1, 2)
            grid = self.resample(grid, rows, columns).flatten(2).transpose(1, 2)
        x = x + grid
        if self.names:
            tokens = torch.cat([getattr(self, name) for name in self.names], 1)
            tokens = torch.cat([tokens[:, :self.placed] + before, tokens[:, self.placed:]], 1)
            x = torch.cat([tokens.expand(n, -1, -1), x], 1)
        return self.norm_pre(x) if hasattr(self, "norm_pre") else x

    def trace(self, images):
        x, all = self.embed(images), []
        for block in self.blocks:
            x = block(x)
            all.append(x)
        before = sum(self.names.values())
        if self.pool == "token":
            return all, self.norm(x)[:, 0]
        if self.pool == "fc_norm":
            return all, self.fc_norm(x[:, before:].mean(1))
        if self.pool == "map":
            return all, self.attn_pool(self.norm(x))
        return all, self.norm(x)[:, before:].mean(1)

    def forward(self, images):
        return self.trace(images)[0][-1]


class LatentPool(nn.Module):
    """timm's AttentionPoolLatent."""

    def __init__(self, mlp):
        super().__init__()
        self.latent = nn.Parameter(torch.zeros(1, 1, WIDTH))
        self.q, self.kv, self.proj = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, 2 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.norm, self.mlp = nn.LayerNorm(WIDTH, 1e-6), mlp()

    def forward(self, x):
        n, t, c = x.shape
        q = self.q(self.latent.expand(n, -1, -1)).reshape(n, 1, HEADS, -1).transpose(1, 2)
        k, v = self.kv(x).reshape(n, t, 2, HEADS, -1).permute(2, 0, 3, 1, 4)
        weights = (q @ k.transpose(-2, -1) / math.sqrt(c // HEADS)).softmax(-1)
        x = self.proj((weights @ v).transpose(1, 2).reshape(n, 1, c))
        return (x + self.mlp(self.norm(x)))[:, 0]


def quick_gelu(x):
    return x * torch.sigmoid(1.702 * x)


def gelu_tanh(x):
    return F.gelu(x, approximate="tanh")


class OpenClip(nn.Module):
    """The image tower of OpenAI's CLIP, with PyTorch's own attention."""

    def __init__(self, patch, side, activation, dimensions=6):
        super().__init__()
        self.side, self.activation = side, activation
        self.class_embedding = nn.Parameter(torch.zeros(WIDTH))
        self.positional_embedding = nn.Parameter(torch.zeros(1 + side * side, WIDTH))
        self.proj = nn.Parameter(torch.zeros(WIDTH, dimensions))
        self.conv1 = nn.Conv2d(3, WIDTH, patch, patch, bias=False)
        self.ln_pre, self.ln_post = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.transformer = nn.Module()
        self.transformer.resblocks = nn.ModuleList()
        for _ in range(DEPTH):
            block = nn.Module()
            block.ln_1, block.ln_2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
            block.attn = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)
            block.mlp = nn.Module()
            block.mlp.c_fc, block.mlp.c_proj = nn.Linear(WIDTH, HIDDEN), nn.Linear(HIDDEN, WIDTH)
            self.transformer.resblocks.append(block)

    def trace(self, images):
        x = self.conv1(images)
        n, c, rows, columns = x.shape
        grid = self.positional_embedding[1:].reshape(1, self.side, self.side, c).permute(0, 3, 1, 2)
        if (rows, columns) != (self.side, self.side):
            grid = to_size(grid, rows, columns, True)
        x = x + grid
        first = (self.class_embedding + self.positional_embedding[0]).expand(n, 1, c)
        x = self.ln_pre(torch.cat([first, x.flatten(2).transpose(1, 2)], 1))
        all = []
        for block in self.transformer.resblocks:
            y = block.ln_1(x)
            x = x + block.attn(y, y, y, need_weights=False)[0]
            x = x + block.mlp.c_proj(self.activation(block.mlp.c_fc(block.ln_2(x))))
            all.append(x)
        return all, self.ln_post(x[:, 0])


class SigLip(nn.Module):
    """The image tower of SigLIP by Hugging Face's names."""

    def __init__(self, patch, side):
        super().__init__()
        self.side = side
        self.embeddings = nn.Module()
        self.embeddings.patch_embedding = nn.Conv2d(3, WIDTH, patch, patch)
        self.embeddings.position_embedding = nn.Embedding(side * side, WIDTH)
        self.encoder = nn.Module()
        self.encoder.layers = nn.ModuleList()
        for _ in range(DEPTH):
            layer = nn.Module()
            layer.self_attn = nn.Module()
            for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
                setattr(layer.self_attn, name, nn.Linear(WIDTH, WIDTH))
            layer.layer_norm1, layer.layer_norm2 = nn.LayerNorm(WIDTH, 1e-6), nn.LayerNorm(WIDTH, 1e-6)
            layer.mlp = Mlp(gelu_tanh)
            self.encoder.layers.append(layer)
        self.post_layernorm = nn.LayerNorm(WIDTH, 1e-6)
        self.head = nn.Module()
        self.head.probe = nn.Parameter(torch.zeros(1, 1, WIDTH))
        self.head.attention = nn.MultiheadAttention(WIDTH, HEADS, batch_first=True)
        self.head.layernorm, self.head.mlp = nn.LayerNorm(WIDTH, 1e-6), Mlp(gelu_tanh)

    def trace(self, images):
        x = self.embeddings.patch_embedding(images)
        n, c, rows, columns = x.shape
        grid = self.embeddings.position_embedding.weight.reshape(1, self.side, self.side, c).permute(0, 3, 1, 2)
        if (rows, columns) != (self.side, self.side):
            grid = to_size(grid, rows, columns, False)
        x, all = (x + grid).flatten(2).transpose(1, 2), []
        for layer in self.encoder.layers:
            y, a = layer.layer_norm1(x), layer.self_attn
            q, k, v = (p(y).reshape(n, -1, HEADS, c // HEADS).transpose(1, 2) for p in (a.q_proj, a.k_proj, a.v_proj))
            weights = (q @ k.transpose(-2, -1) * (c // HEADS) ** -0.5).softmax(-1)
            x = x + a.out_proj((weights @ v).transpose(1, 2).reshape(n, -1, c))
            x = x + layer.mlp(layer.layer_norm2(x))
            all.append(x)
        x = self.post_layernorm(x)
        y = self.head.attention(self.head.probe.expand(n, -1, -1), x, x)[0]
        return all, (y + self.head.mlp(self.head.layernorm(y)))[:, 0]


def write(path, tensors, metadata):
    header, data = {"__metadata__": metadata}, b""
    for name, tensor in tensors.items():
        raw = tensor.detach().contiguous().numpy().tobytes()
        kind = "F32" if tensor.dtype == torch.float32 else "I64"
        header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def save(name, model, patch, side, config, extra=(), state=None, same=None, numbers=True):
    state = model.state_dict() if state is None else state
    tensors = {"model." + key: value for key, value in state.items()} if not extra else dict(state)
    tensors.update(dict(extra))
    metadata = {"config": json.dumps(config), "patch": str(patch), "num_heads": str(HEADS)}
    if same:
        metadata["same"] = same
    if numbers:
        torch.manual_seed(7)
        for key, rows, columns in (("square", side, side), ("input", 2, 4)):
            images = torch.randn(2, 3, rows * patch, columns * patch) if key == "input" else \
                torch.randn(1, 3, rows * patch, columns * patch)
            with torch.no_grad():
                blocks, vector = model.trace(images)
            tensors[key], tensors[key + ".vector"] = images, vector
            tensors.update({f"{key}.blocks.{i}": x for i, x in enumerate(blocks)})
    write(name + ".safetensors", tensors, metadata)


def renamed(state, *rules):
    """A state dict by other names; a rule is (part of a name, what stands there instead)."""
    out = {}
    for key, value in state.items():
        for old, new in rules:
            key = key.replace(old, new)
        out[key] = value
    return out


def split(state, fused, parts):
    """Queries, keys and values apart."""
    out = {}
    for key, value in state.items():
        if fused in key:
            for part, piece in zip(parts, value.chunk(3)):
                out[key.replace(fused, part)] = piece
        else:
            out[key] = value
    return out


HF_HEADS = {"num_attention_heads": HEADS}
HF_ATTENTION = tuple(f"attention.attention.{part}" for part in ("query", "key", "value"))
HF_RULES = (("cls_token", "embeddings.cls_token"), ("pos_embed", "embeddings.position_embeddings"),
            ("patch_embed.proj", "embeddings.patch_embeddings.projection"), ("blocks.", "encoder.layer."),
            ("attn.proj", "attention.output.dense"))


def final_norm(state, name):
    return {name + key[4:] if key.startswith("norm.") else key: value for key, value in state.items()}


def antialiased(grid, rows, columns):
    return to_size(grid, rows, columns, True)


def plain(grid, rows, columns):
    return to_size(grid, rows, columns, False)


def dinov2():
    model = randomise(Vit(14, 3, {"cls_token": 1}, 1, by_factor, scaled=True))
    save("dinov2", model, 14, 3, HF_HEADS, state={**model.state_dict(), "mask_token": torch.zeros(1, WIDTH)})
    model = randomise(Vit(4, 3, {"cls_token": 1, "register_tokens": 2}, 1, antialiased, mlp=SwiGlu, scaled=True))
    state = {**model.state_dict(), "mask_token": torch.zeros(1, WIDTH)}
    save("dinov2_registers", model, 4, 3, HF_HEADS, state=state)
    hf = split(final_norm(state, "layernorm"), "attn.qkv", HF_ATTENTION)
    hf = renamed(hf, *HF_RULES, ("register_tokens", "embeddings.register_tokens"),
                 ("mask_token", "embeddings.mask_token"), ("ls1.gamma", "layer_scale1.lambda1"),
                 ("ls2.gamma", "layer_scale2.lambda1"), ("mlp.w12", "mlp.weights_in"), ("mlp.w3", "mlp.weights_out"))
    save("dinov2_registers_hf", model, 4, 3, {**HF_HEADS, "model_type": "dinov2_with_registers"}, state=hf,
         same="dinov2_registers", numbers=False)
    timm = renamed(model.state_dict(), ("register_tokens", "reg_token"), ("mlp.w12", "mlp.fc1"), ("mlp.w3", "mlp.fc2"))
    timm["cls_token"], timm["pos_embed"] = timm["cls_token"] + timm["pos_embed"][:, :1], timm["pos_embed"][:, 1:]
    save("dinov2_registers_timm", model, 4, 3, HF_HEADS, state=timm, same="dinov2_registers", numbers=False)


def vit():
    model = randomise(Vit(4, 3, {"cls_token": 1}, 1, antialiased))
    head = {"head.weight": torch.zeros(5, WIDTH), "head.bias": torch.zeros(5)}
    save("vit", model, 4, 3, {"architecture": "vit_tiny_patch4", **HF_HEADS}, state={**model.state_dict(), **head})
    torch.jit.save(torch.jit.trace(model, torch.zeros(1, 3, 12, 12)), "vit.pt")
    hf = split(final_norm(model.state_dict(), "layernorm"), "attn.qkv", HF_ATTENTION)
    hf = renamed(hf, *HF_RULES, ("norm1", "layernorm_before"), ("norm2", "layernorm_after"),
                 ("mlp.fc1", "intermediate.dense"), ("mlp.fc2", "output.dense"))
    hf.update({"pooler.dense.weight": torch.zeros(WIDTH, WIDTH), "pooler.dense.bias": torch.zeros(WIDTH)})
    save("vit_hf", model, 4, 3, {**HF_HEADS, "layer_norm_eps": 1e-6, "hidden_act": "gelu"}, state=hf, same="vit",
         numbers=False)
    tv = renamed(final_norm(model.state_dict(), "encoder.ln"), ("cls_token", "class_token"),
                 ("pos_embed", "encoder.pos_embedding"), ("patch_embed.proj", "conv_proj"),
                 ("blocks.", "encoder.layers.encoder_layer_"), ("norm1", "ln_1"), ("norm2", "ln_2"),
                 ("attn.qkv.", "self_attention.in_proj_"), ("attn.proj", "self_attention.out_proj"),
                 ("mlp.fc1", "mlp.0"), ("mlp.fc2", "mlp.3"))
    tv.update({"heads.head.weight": torch.zeros(5, WIDTH), "heads.head.bias": torch.zeros(5)})
    save("vit_torchvision", model, 4, 3, HF_HEADS, state=tv, same="vit", numbers=False)
    model = randomise(Vit(4, 3, {"cls_token": 1, "dist_token": 1}, 2, antialiased))
    save("deit", model, 4, 3, HF_HEADS, state={**model.state_dict(), "head_dist.weight": torch.zeros(5, WIDTH)})
    model = randomise(Vit(4, 3, {"cls_token": 1}, 0, antialiased, scaled=True))
    save("vit_no_embed_class", model, 4, 3, HF_HEADS)
    model = randomise(Vit(4, 3, {"cls_token": 1}, 1, antialiased, pool="fc_norm"))
    save("vit_fc_norm", model, 4, 3, HF_HEADS)
    model = randomise(Vit(4, 3, {}, 0, antialiased, pool="avg"))
    save("vit_no_class", model, 4, 3, HF_HEADS)


def clip():
    model = randomise(OpenClip(4, 3, quick_gelu))
    marks = {name: torch.tensor(12) for name in ("input_resolution", "context_length", "vocab_size")}
    text = {"text_projection": torch.zeros(4, 6), "ln_final.weight": torch.zeros(4), "positional_embedding":
            torch.zeros(7, 4), "transformer.resblocks.0.ln_1.weight": torch.zeros(4)}
    tower = {"visual." + key: value for key, value in model.state_dict().items()}
    save("clip_openai", model, 4, 3, HF_HEADS, extra={**marks, **text}, state=tower)
    hf = split(model.state_dict(), "attn.in_proj_", ("attn.q_proj.", "attn.k_proj.", "attn.v_proj."))
    del hf["proj"]
    hf = renamed(hf, ("class_embedding", "embeddings.class_embedding"), ("attn.", "self_attn."),
                 ("positional_embedding", "embeddings.position_embedding.weight"),
                 ("conv1", "embeddings.patch_embedding"), ("ln_pre", "pre_layrnorm"), ("ln_post", "post_layernorm"),
                 ("transformer.resblocks", "encoder.layers"), ("ln_1", "layer_norm1"), ("ln_2", "layer_norm2"),
                 ("c_fc", "fc1"), ("c_proj", "fc2"))
    hf = {"vision_model." + key: value for key, value in hf.items()}
    hf.update({"visual_projection.weight": torch.zeros(6, WIDTH), "text_model.final_layer_norm.weight": torch.zeros(4),
               "vision_model.embeddings.position_ids": torch.arange(10).unsqueeze(0)})
    save("clip_hf", model, 4, 3, {"vision_config": {**HF_HEADS, "hidden_act": "quick_gelu"}}, extra={
        "logit_scale": torch.zeros(1)}, state=hf, same="clip_openai", numbers=False)
    timm = renamed(final_norm(renamed(model.state_dict(), ("ln_post", "norm")), "norm"), ("conv1", "patch_embed.proj"),
                   ("positional_embedding", "pos_embed"), ("transformer.resblocks", "blocks"), ("ln_pre", "norm_pre"),
                   ("ln_", "norm"), ("in_proj_", "qkv."), ("out_proj", "proj"), ("c_fc", "fc1"), ("c_proj", "fc2"))
    timm["cls_token"], timm["pos_embed"] = timm.pop("class_embedding").reshape(1, 1, -1), timm["pos_embed"].unsqueeze(0)
    timm["head.weight"] = timm.pop("proj").T
    save("clip_timm", model, 4, 3, {**HF_HEADS, "architecture": "vit_base_patch32_clip_quickgelu_224"}, state=timm,
         same="clip_openai", numbers=False)


def siglip():
    model = randomise(SigLip(4, 3))
    tower = {"vision_model." + key: value for key, value in model.state_dict().items()}
    save("siglip_hf", model, 4, 3, {"vision_config": HF_HEADS}, extra={"logit_bias": torch.zeros(1)}, state=tower)
    model = randomise(Vit(4, 3, {}, 0, antialiased, pool="map"))
    save("siglip_timm", model, 4, 3, HF_HEADS)


torch.manual_seed(0)
dinov2()
vit()
clip()
siglip()
