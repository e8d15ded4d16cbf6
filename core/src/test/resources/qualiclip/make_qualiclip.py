"""Makes a small QualiCLIP of random weights, and what PyTorch computes with it.

    python3 make_qualiclip.py        (in this folder; PyTorch 1.13, NumPy)

qualiclip.pth: a state dict with the published file's names, the encoder in half precision, with a
little of the text tower and the positional embedding, which are not to be used.
qualiclip.pt: the same network as a TorchScript program, images [N,3,H,W] in [0,1] -> scores [N].
loud.pt: a program whose numbers are no scores, 57.5 of any image.
qualiclip.safetensors: `images` [N,3,H,W] in [-1,1], the encoder's `vectors` [N,D] and the `scores` [N],
computed in double precision; `odd.*` of images whose sides no pooling divides.
"""

import json
import struct
from collections import OrderedDict

import torch
import torch.nn.functional as F
from torch import nn

WIDTH, BLOCKS, DIMENSIONS, PAIRS, HEAD = 4, (1, 2, 2, 1), 6, 3, 64


def add(module, name, i, o, k, **options):
    """A convolution and its batch norm, each weight random."""
    norm = nn.BatchNorm2d(o)
    norm.weight.data.uniform_(0.5, 1.5)
    norm.bias.data.normal_(0, 0.3)
    norm.running_mean.normal_(0, 0.3)
    norm.running_var.uniform_(0.5, 2)
    convolution = nn.Conv2d(i, o, k, padding=k // 2, bias=False, **options)
    nn.init.kaiming_normal_(convolution.weight)
    module.add_module("conv" + name, convolution)
    module.add_module("bn" + name, norm)


def apply(module, name, x):
    return getattr(module, "bn" + name)(getattr(module, "conv" + name)(x))


class Bottleneck(nn.Module):
    def __init__(self, i, planes, stride):
        super().__init__()
        add(self, "1", i, planes, 1)
        add(self, "2", planes, planes, 3)
        add(self, "3", planes, 4 * planes, 1)
        self.stride = stride
        self.downsample = None
        if stride > 1 or i != 4 * planes:
            side = nn.Module()
            add(side, "", i, 4 * planes, 1)
            self.downsample = nn.Sequential(
                OrderedDict([("-1", nn.AvgPool2d(stride)), ("0", side.conv), ("1", side.bn)])
            )

    def forward(self, x):
        y = apply(self, "1", x).relu()
        y = apply(self, "2", y).relu()
        y = apply(self, "3", F.avg_pool2d(y, self.stride))
        return (y + (x if self.downsample is None else self.downsample(x))).relu()


class Pool(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.positional_embedding = nn.Parameter(torch.randn(50, channels))
        for name, out in ("q", channels), ("k", channels), ("v", channels), ("c", DIMENSIONS):
            linear = nn.Linear(channels, out)
            # Less for what decides the attention, which is to see every position.
            nn.init.normal_(linear.weight, std=(0.3 if name in "qk" else 2) / channels**0.5)
            self.add_module(name + "_proj", linear)

    def forward(self, x):
        x = x.flatten(2).permute(2, 0, 1)
        x = torch.cat([x.mean(0, keepdim=True), x])
        channels = x.shape[-1]
        y, _ = F.multi_head_attention_forward(
            x, x, x, channels, channels // HEAD, None,
            torch.cat([self.q_proj.bias, self.k_proj.bias, self.v_proj.bias]),
            None, None, False, 0.0, self.c_proj.weight, self.c_proj.bias, training=False,
            need_weights=False, use_separate_proj_weight=True, q_proj_weight=self.q_proj.weight,
            k_proj_weight=self.k_proj.weight, v_proj_weight=self.v_proj.weight,
        )  # fmt: skip
        return y[0]


class Visual(nn.Module):
    def __init__(self):
        super().__init__()
        add(self, "1", 3, WIDTH // 2, 3, stride=2)
        add(self, "2", WIDTH // 2, WIDTH // 2, 3)
        add(self, "3", WIDTH // 2, WIDTH, 3)
        i = WIDTH
        for stage, blocks in enumerate(BLOCKS):
            planes = WIDTH << stage
            layers = []
            for block in range(blocks):
                layers.append(Bottleneck(i, planes, 2 if stage > 0 and block == 0 else 1))
                i = 4 * planes
            self.add_module("layer%d" % (stage + 1), nn.Sequential(*layers))
        self.attnpool = Pool(i)

    def forward(self, x):
        for name in "123":
            x = apply(self, name, x).relu()
        x = F.avg_pool2d(x, 2)
        for stage in range(4):
            x = getattr(self, "layer%d" % (stage + 1))(x)
        return self.attnpool(x)


class Clip(nn.Module):
    def __init__(self):
        super().__init__()
        self.positional_embedding = nn.Parameter(torch.randn(7, 8))
        self.text_projection = nn.Parameter(torch.randn(8, DIMENSIONS))
        self.logit_scale = nn.Parameter(torch.tensor(100.0).log())
        self.visual = Visual()


class QualiClip(nn.Module):
    """Images in [0, 1] -> scores."""

    def __init__(self):
        super().__init__()
        self.clip_model = Clip()
        # Antonyms lie close together: a cosine counts a hundredfold.
        positive = torch.randn(PAIRS, DIMENSIONS)
        negative = positive + 0.05 * torch.randn(PAIRS, DIMENSIONS)
        prompts = F.normalize(torch.stack([positive, negative], 1).flatten(0, 1), dim=-1)
        self.prompts_features = nn.Parameter(prompts)

    def parts(self, images):
        mean = torch.tensor([0.48145466, 0.4578275, 0.40821073], dtype=images.dtype).view(1, 3, 1, 1)
        std = torch.tensor([0.26862954, 0.26130258, 0.27577711], dtype=images.dtype).view(1, 3, 1, 1)
        vectors = self.clip_model.visual((images - mean) / std)
        logits = 100 * F.normalize(vectors, dim=-1) @ self.prompts_features.T
        return vectors, logits.reshape(-1, PAIRS, 2).softmax(-1)[..., 0].mean(1)

    def forward(self, images):
        return self.parts(images)[1]


class Loud(nn.Module):
    def forward(self, images):
        return images.mean((1, 2, 3), keepdim=True) * 0 + 57.5


def write(name, tensors):
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


torch.manual_seed(45)
model = QualiClip().eval()
model.clip_model.half()
torch.save(model.state_dict(), "qualiclip.pth")
model.float()
torch.jit.save(torch.jit.trace(model, torch.zeros(2, 3, 64, 64)), "qualiclip.pt")
torch.jit.script(Loud()).save("loud.pt")
model.double()
numbers = {}
for prefix, size in ("", (64, 96)), ("odd.", (75, 63)):
    # Blots on noise: noise alone is all the same to a pooled network.
    blots = F.interpolate(torch.randn(2, 3, 4, 4), size=size, mode="bilinear")
    images = (blots + 0.3 * torch.randn(2, 3, *size)).clamp(-1, 1)
    vectors, scores = model.parts((images.double() + 1) / 2)
    parts = {"images": images, "vectors": vectors, "scores": scores}
    numbers.update({prefix + name: value for name, value in parts.items()})
write("qualiclip.safetensors", numbers)
