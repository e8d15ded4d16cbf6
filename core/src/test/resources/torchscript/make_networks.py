"""Makes the TorchScript networks of this folder and what PyTorch computes with them.

    python3 make_networks.py        (in this folder; PyTorch 1.13, NumPy)

Each NAME.pt comes with NAME.safetensors: `images` [N,3,H,W] in [-1,1], `output` and `features` as
TorchScriptNetwork is to return them, and `input_grad` = d/d images of sum(`probe` * features).
"""

import json
import struct

import torch
import torch.nn.functional as F
from torch import nn


class MapNetwork(nn.Module):
    """Images -> feature map (N, 6, 4, 4)."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3, stride=2, padding=1)
        self.norm = nn.BatchNorm2d(6)
        self.norm.running_mean.normal_()
        self.norm.running_var.uniform_(0.5, 2)
        self.drop = nn.Dropout(0.5)

    def forward(self, x):
        return self.drop(self.norm(F.gelu(self.conv(x))))


class TokenNetwork(nn.Module):
    """Images -> (tokens (N, 16, 5), pooled (N, 5))."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Conv2d(3, 5, 4, stride=4)
        self.norm = nn.LayerNorm(5)
        self.mix = nn.Linear(5, 5)

    def forward(self, x):
        t = self.embed(x).flatten(2).transpose(1, 2)
        t = t + torch.softmax(t @ t.transpose(1, 2), dim=-1) @ self.mix(t)
        t = self.norm(t)
        return t, t.mean(1)


class VectorNetwork(nn.Module):
    """Grey images -> logits (N, 4); refuses sizes other than 8 x 8."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(64, 4)

    def forward(self, x):
        return self.linear(x.flatten(1))


class NumberNetwork(nn.Module):
    """No network of ours: returns a number that is no tensor."""

    def forward(self, x):
        return float(x.sum())


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
            file.write(value.detach().contiguous().numpy().tobytes())


def make(name, network, prepare, features, size):
    script = torch.jit.script(network)
    script.save(name + ".pt")
    network.eval()
    images = (torch.rand(2, 3, *size) * 2 - 1).requires_grad_()
    output = network(prepare(images))
    pooled = features(output)
    probe = torch.randn_like(pooled)
    (grad,) = torch.autograd.grad((probe * pooled).sum(), images)
    first = output[0] if isinstance(output, tuple) else output
    write(
        name + ".safetensors",
        {"images": images, "output": first, "features": pooled, "probe": probe, "input_grad": grad},
    )


def channels(values):
    return torch.tensor(values).view(1, 3, 1, 1)


torch.manual_seed(45)
imagenet = (channels([0.485, 0.456, 0.406]), channels([0.229, 0.224, 0.225]))
# Saved in training mode: the reader must switch to evaluation.
make("map", MapNetwork(), lambda x: ((x + 1) / 2 - imagenet[0]) / imagenet[1], lambda y: y.mean((2, 3)), (8, 8))
# tokens.json: BGR, values 0..255, the means and deviations in that order and range.
make(
    "tokens",
    TokenNetwork(),
    lambda x: ((x + 1) * 127.5).flip(1).sub(channels([103.5, 116.3, 123.7])) / channels([57.4, 57.1, 58.4]),
    lambda y: y[0].mean(1),
    (16, 16),
)
# grey.json: one channel of ITU-R 601 luma in [-1, 1], 8 x 8 from images twice as large.
luma = channels([0.299, 0.587, 0.114])
make(
    "grey",
    VectorNetwork(),
    lambda x: F.interpolate((x * luma).sum(1, keepdim=True), size=(8, 8), mode="bilinear", antialias=True),
    lambda y: y,
    (16, 16),
)
torch.jit.script(NumberNetwork()).save("number.pt")
