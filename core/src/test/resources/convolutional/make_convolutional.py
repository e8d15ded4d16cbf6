"""Makes the convolutional networks of this folder and what PyTorch computes with them.

    python3 make_convolutional.py        (in this folder; PyTorch 1.13, NumPy)

NAME.safetensors holds a network's tensors under `model.` by their usual names, with random weights
and running statistics, `input` [1,3,H,W] in [-1,1], `HOOK` for several hook points, `pooled`, and
`input_grad` = d/d input of sum(pooled * `probe`). Networks and inputs are rounded to half
precision, to be small; the computation is in double precision.

resnext.pt is the TorchScript export (float32) of the network of resnext.safetensors, up to its last
map. The network of cifar.safetensors is in cifar.th, a legacy file of the form of
akamaster/pytorch_resnet_cifar10, in float32.
"""

import json
import struct

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

MEAN = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)


class Block(nn.Module):
    """A residual block with torchvision's names; reads `pre`, `out` and `post`."""

    def __init__(self, in_, width, out, stride, groups, bottleneck, shortcut):
        super().__init__()
        self.bottleneck = bottleneck
        if bottleneck:
            self.conv1 = nn.Conv2d(in_, width, 1, bias=False)
            self.conv2 = nn.Conv2d(width, width, 3, stride, 1, groups=groups, bias=False)
            self.conv3 = nn.Conv2d(width, out, 1, bias=False)
            self.bn3 = nn.BatchNorm2d(out)
        else:
            self.conv1 = nn.Conv2d(in_, width, 3, stride, 1, bias=False)
            self.conv2 = nn.Conv2d(width, out, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.bn2 = nn.BatchNorm2d(width if bottleneck else out)
        self.stride, self.more = stride, out - in_
        self.padded = shortcut == "padded"
        if (stride != 1 or in_ != out) and not self.padded:
            averaged = shortcut == "averaged"
            conv = nn.Conv2d(in_, out, 1, 1 if averaged else stride, bias=False)
            first = []
            if averaged:
                pool = nn.AvgPool2d(2, 2, ceil_mode=True, count_include_pad=False)
                first = [pool if stride == 2 else nn.Identity()]
            self.downsample = nn.Sequential(*first, conv, nn.BatchNorm2d(out))
        else:
            self.downsample = None

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if self.bottleneck:
            y = self.bn3(self.conv3(F.relu(y)))
        beside = x
        if self.downsample is not None:
            beside = self.downsample(x)
        elif self.padded and self.more:
            half = self.more // 2
            beside = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, half, half))
        post = F.relu(y + beside)
        self.read = {"resid_pre": x, "block_out": y, "resid_post": post}
        return post


class ResNet(nn.Module):
    """stem: "7x7", "deep" or "3x3"; each layer is a number of blocks, a width and channels."""

    def __init__(self, stem, first, layers, groups=1, bottleneck=False, shortcut="convolved"):
        super().__init__()
        if stem == "deep":
            a, b = first // 2, first // 2 + 1
            self.conv1 = nn.Sequential(
                nn.Conv2d(3, a, 3, 2, 1, bias=False), nn.BatchNorm2d(a), nn.ReLU(),
                nn.Conv2d(a, b, 3, 1, 1, bias=False), nn.BatchNorm2d(b), nn.ReLU(),
                nn.Conv2d(b, first, 3, 1, 1, bias=False))
        elif stem == "7x7":
            self.conv1 = nn.Conv2d(3, first, 7, 2, 3, bias=False)
        else:
            self.conv1 = nn.Conv2d(3, first, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(first)
        self.maxpool = nn.Identity() if stem == "3x3" else nn.MaxPool2d(3, 2, 1)
        self.names = []
        in_ = first
        for i, (count, width, out) in enumerate(layers):
            blocks = []
            for j in range(count):
                stride = 2 if i > 0 and j == 0 else 1
                blocks.append(Block(in_, width, out, stride, groups, bottleneck, shortcut))
                in_ = out
            self.names.append(f"layer{i + 1}")
            setattr(self, self.names[-1], nn.Sequential(*blocks))
        setattr(self, "linear" if stem == "3x3" else "fc", nn.Linear(in_, 3))

    def features(self, x):
        x = self.maxpool(F.relu(self.bn1(self.conv1(x))))
        for name in self.names:
            x = getattr(self, name)(x)
        return x

    def hooks(self):
        for name in self.names:
            for j, block in enumerate(getattr(self, name)):
                yield f"{name}.{j}", block.read

    def pooled(self, x):
        return self.features(x).mean((2, 3))


class GlobalResponseNorm(nn.Module):
    """x + gamma x |x| / mean |x| + beta, |x| over space, the mean over channels (N, h, w, C)."""

    def __init__(self, channels):
        super().__init__()
        self.gamma = nn.Parameter(torch.zeros(1, 1, 1, channels))
        self.beta = nn.Parameter(torch.zeros(1, 1, 1, channels))

    def forward(self, x):
        energy = x.square().sum((1, 2), keepdim=True).sqrt()
        share = energy / (energy.mean(-1, keepdim=True) + 1e-6)
        return x + self.gamma * x * share + self.beta


class ConvNextV2Block(nn.Module):
    """Facebook's names."""

    def __init__(self, channels):
        super().__init__()
        self.dwconv = nn.Conv2d(channels, channels, 7, 1, 3, groups=channels)
        self.norm = nn.LayerNorm(channels, eps=1e-6)
        self.pwconv1 = nn.Linear(channels, 4 * channels)
        self.grn = GlobalResponseNorm(4 * channels)
        self.pwconv2 = nn.Linear(4 * channels, channels)

    def forward(self, x):
        y = self.dwconv(x)
        conv = y
        y = self.pwconv1(self.norm(y.permute(0, 2, 3, 1)))
        y = self.pwconv2(self.grn(F.gelu(y))).permute(0, 3, 1, 2)
        self.read = {"resid_pre": x, "conv_out": conv, "block_out": y, "resid_post": x + y}
        return x + y


class ChannelNorm(nn.LayerNorm):
    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class ConvNextV2(nn.Module):
    def __init__(self, depths, dims):
        super().__init__()
        self.downsample_layers = nn.ModuleList()
        self.stages = nn.ModuleList()
        for i, (depth, dim) in enumerate(zip(depths, dims)):
            self.downsample_layers.append(
                nn.Sequential(nn.Conv2d(3, dim, 4, 4), ChannelNorm(dim, eps=1e-6))
                if i == 0
                else nn.Sequential(
                    ChannelNorm(dims[i - 1], eps=1e-6), nn.Conv2d(dims[i - 1], dim, 2, 2)))
            self.stages.append(nn.Sequential(*[ConvNextV2Block(dim) for _ in range(depth)]))
        self.norm = nn.LayerNorm(dims[-1], eps=1e-6)
        self.head = nn.Linear(dims[-1], 3)

    def pooled(self, x):
        for down, stage in zip(self.downsample_layers, self.stages):
            x = stage(down(x))
        return self.norm(x.mean((2, 3)))

    def hooks(self):
        for i, stage in enumerate(self.stages):
            for j, block in enumerate(stage):
                yield f"stages.{i}.{j}", block.read


class UpToTheLastMap(nn.Module):
    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x):
        return self.network.features(x)


def randomise(network):
    """Weights that keep activations near 1, norms and statistics that are all their own."""
    for name, tensor in network.state_dict().items():
        if not tensor.is_floating_point():
            continue
        if name.endswith("running_var"):
            tensor.uniform_(0.3, 2)
        elif name.endswith("running_mean") or name.endswith("bias") or "grn" in name:
            tensor.normal_(0, 0.3)
        elif tensor.dim() == 1:
            tensor.uniform_(0.5, 1.5)
        else:
            tensor.normal_(0, 1.2 / tensor[0].numel() ** 0.5)
        tensor.copy_(tensor.half())


def computed(network, name, height, width, last=True):
    """What to write beside the network's tensors."""
    double = network.double()
    x = (torch.rand(1, 3, height, width) * 2 - 1).half().double().requires_grad_()
    pooled = double.pooled((((x + 1) / 2) - MEAN.double()) / STD.double())
    probe = torch.randn(pooled.shape).double()
    (pooled * probe).sum().backward()
    out = {"input": x, "pooled": pooled, "probe": probe, "input_grad": x.grad}
    for block, read in double.hooks():
        for site, value in read.items():
            if site != "resid_pre" or block.endswith(".0"):
                out[f"{block}.hook_{site}"] = value
    network.float()
    return {key: value.detach().float() for key, value in out.items()}


def save(path, network, numbers):
    tensors = {"model." + k: v.half() for k, v in network.state_dict().items()
               if v.is_floating_point() and not path.startswith("cifar")}
    tensors.update({k: v.half() if k == "input" else v for k, v in numbers.items()})
    header, data = {}, b""
    for key, value in tensors.items():
        raw = value.contiguous().numpy()
        header[key] = {"dtype": "F16" if raw.dtype == np.float16 else "F32",
                       "shape": list(raw.shape),
                       "data_offsets": [len(data), len(data) + raw.nbytes]}
        data += raw.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def make(name, network, height, width):
    with torch.no_grad():
        randomise(network)
    network.eval()
    save(name + ".safetensors", network, computed(network, name, height, width))
    return network


torch.manual_seed(7)
resnext = make(
    "resnext", ResNet("7x7", 4, [(1, 4, 8), (2, 8, 12)], groups=2, bottleneck=True), 29, 22)
export = torch.jit.trace(UpToTheLastMap(resnext).eval(), torch.zeros(2, 3, 32, 32))
torch.jit.freeze(export, optimize_numerics=False).save("resnext.pt")
make("deep", ResNet("deep", 4, [(1, 6, 6), (1, 8, 8)], shortcut="averaged"), 27, 18)
cifar = make(
    "cifar", ResNet("3x3", 4, [(1, 4, 4), (2, 8, 8), (1, 12, 12)], shortcut="padded"), 11, 8)
legacy = {"module." + k: v.float() for k, v in cifar.state_dict().items()
          if not k.endswith("num_batches_tracked")}
torch.save({"state_dict": legacy, "best_prec1": torch.tensor(12.5)}, "cifar.th",
           _use_new_zipfile_serialization=False)
make("convnext_v2", ConvNextV2([1, 2], [4, 6]), 24, 17)
