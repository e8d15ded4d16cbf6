"""What Tiltlens computes in a guided step and in a harvest, as a script of plain PyTorch modules.

    scripts/bench-against-python starts it; any PyTorch from 1.13 on, and nothing else.

The other side of that comparison: the networks are written down here from the papers, with the names of
their published checkpoints, in the way a script would have them, without any trick for speed beyond what
PyTorch itself brings. Dhariwal and Nichol 2021, Diffusion Models Beat GANs on Image Synthesis (the ADM UNet,
class UNet); Liu et al. 2022, A ConvNet for the 2020s, and Simeoni et al. 2025, DINOv3 (ConvNeXt); Zhou et al.
2026, arXiv 2605.17504 (the transcoder and its score, Dictionary; the tilted step, guided_step).

Reads one JSON request a line from standard input and answers each by one line. Weights come as safetensors
(parsed here) or as torch.save wrote them.
"""

import json
import math
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def read(path):
    """Name -> tensor of a file of weights."""
    if not path.endswith(".safetensors"):
        return torch.load(path, map_location="cpu")
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        start, tensors = file.tell(), {}
        for name, info in header.items():
            if name == "__metadata__":
                continue
            first, end = info["data_offsets"]
            dtype = {"F32": torch.float32, "I64": torch.int64}[info["dtype"]]
            data = bytearray(end - first)
            file.seek(start + first)
            file.readinto(data)
            tensors[name] = torch.frombuffer(data, dtype=dtype).reshape(info["shape"])
    return tensors


# The prior.


class Residual(nn.Module):
    def __init__(self, width, out, embedding, resample=None):
        super().__init__()
        self.resample = resample or (lambda x: x)
        self.in_layers = nn.Sequential(
            nn.GroupNorm(32, width), nn.SiLU(), nn.Conv2d(width, out, 3, padding=1)
        )
        self.emb_layers = nn.Sequential(nn.SiLU(), nn.Linear(embedding, 2 * out))
        self.out_layers = nn.Sequential(
            nn.GroupNorm(32, out), nn.SiLU(), nn.Identity(), nn.Conv2d(out, out, 3, padding=1)
        )
        self.skip_connection = nn.Identity() if width == out else nn.Conv2d(width, out, 1)

    def forward(self, x, embedding):
        norm, silu, convolution = self.in_layers
        h = convolution(self.resample(silu(norm(x))))
        scale, shift = self.emb_layers(embedding)[:, :, None, None].chunk(2, dim=1)
        h = self.out_layers[0](h) * (1 + scale) + shift
        return self.skip_connection(self.resample(x)) + self.out_layers[1:](h)


class Attention(nn.Module):
    def __init__(self, width, head_width):
        super().__init__()
        self.heads = width // head_width
        self.norm = nn.GroupNorm(32, width)
        self.qkv = nn.Conv1d(width, 3 * width, 1)
        self.proj_out = nn.Conv1d(width, width, 1)

    def forward(self, x, embedding):
        n, c, h, w = x.shape
        qkv = self.qkv(self.norm(x).flatten(2)).reshape(n, self.heads, -1, h * w)
        q, k, v = qkv.transpose(2, 3).chunk(3, dim=3)  # (N, heads, HW, d) each
        if hasattr(F, "scaled_dot_product_attention"):
            a = F.scaled_dot_product_attention(q, k, v)
        else:
            a = torch.softmax(q @ k.transpose(2, 3) / math.sqrt(q.shape[3]), dim=3) @ v
        return x + self.proj_out(a.transpose(2, 3).reshape(n, c, h * w)).reshape(n, c, h, w)


class Blocks(nn.ModuleList):
    def forward(self, x, embedding):
        for block in self:
            x = block(x) if isinstance(block, nn.Conv2d) else block(x, embedding)
        return x


def halve(x):
    return F.avg_pool2d(x, 2)


def double(x):
    return F.interpolate(x, scale_factor=2, mode="nearest")


class UNet(nn.Module):
    """Options by the names of the published checkpoints' command lines."""

    def __init__(self, options):
        super().__init__()
        self.channels = int(options["num_channels"])
        widths = [int(self.channels * float(m)) for m in options["channel_mult"].split(",")]
        sides = [int(side) for side in options["attention_resolutions"].split(",")]
        each, last = int(options["num_res_blocks"]), len(widths) - 1
        embedding = 4 * self.channels

        def level(blocks, index):
            if int(options["image_size"]) >> index in sides:
                blocks.append(Attention(widths[index], int(options["num_head_channels"])))
            return blocks

        width, kept = widths[0], [widths[0]]
        self.time_embed = nn.Sequential(
            nn.Linear(self.channels, embedding), nn.SiLU(), nn.Linear(embedding, embedding)
        )
        self.input_blocks = nn.ModuleList([Blocks([nn.Conv2d(3, width, 3, padding=1)])])
        for i, out in enumerate(widths):
            for _ in range(each):
                self.input_blocks.append(level(Blocks([Residual(width, out, embedding)]), i))
                width = out
                kept.append(width)
            if i < last:
                self.input_blocks.append(Blocks([Residual(width, width, embedding, halve)]))
                kept.append(width)
        self.middle_block = Blocks(
            [
                Residual(width, width, embedding),
                Attention(width, int(options["num_head_channels"])),
                Residual(width, width, embedding),
            ]
        )
        self.output_blocks = nn.ModuleList()
        for i, out in reversed(list(enumerate(widths))):
            for j in range(each + 1):
                blocks = level(Blocks([Residual(width + kept.pop(), out, embedding)]), i)
                width = out
                if i > 0 and j == each:
                    blocks.append(Residual(width, width, embedding, double))
                self.output_blocks.append(blocks)
        self.out = nn.Sequential(
            nn.GroupNorm(32, width), nn.SiLU(), nn.Conv2d(width, 6, 3, padding=1)
        )

    def forward(self, x, t):
        half = self.channels // 2
        angles = t[:, None] * torch.exp(-math.log(10000) * torch.arange(half) / half)
        embedding = self.time_embed(torch.cat([angles.cos(), angles.sin()], dim=1))
        kept = []
        for block in self.input_blocks:
            x = block(x, embedding)
            kept.append(x)
        x = self.middle_block(x, embedding)
        for block in self.output_blocks:
            x = block(torch.cat([x, kept.pop()], dim=1), embedding)
        return self.out(x)


# The vision model, up to the block whose input is read.


class ChannelNorm(nn.LayerNorm):
    def __init__(self, width):
        super().__init__(width, eps=1e-6)

    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class ConvNextBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.dwconv = nn.Conv2d(width, width, 7, padding=3, groups=width)
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.pwconv1 = nn.Linear(width, 4 * width)
        self.pwconv2 = nn.Linear(4 * width, width)
        self.gamma = nn.Parameter(torch.ones(width))

    def forward(self, x):
        h = self.norm(self.dwconv(x).permute(0, 2, 3, 1))
        h = self.gamma * self.pwconv2(F.gelu(self.pwconv1(h)))
        return x + h.permute(0, 3, 1, 2)


class ConvNext(nn.Module):
    def __init__(self, depths, dims, stage, block):
        super().__init__()
        self.downsample_layers, self.stages = nn.ModuleList(), nn.ModuleList()
        for i in range(stage + 1):
            self.downsample_layers.append(
                nn.Sequential(nn.Conv2d(3, dims[0], 4, 4), ChannelNorm(dims[0]))
                if i == 0
                else nn.Sequential(ChannelNorm(dims[i - 1]), nn.Conv2d(dims[i - 1], dims[i], 2, 2))
            )
            count = block if i == stage else depths[i]
            self.stages.append(nn.Sequential(*[ConvNextBlock(dims[i]) for _ in range(count)]))
        self.register_buffer("mean", torch.tensor(MEAN).reshape(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(STD).reshape(1, 3, 1, 1), persistent=False)

    def forward(self, x):
        x = ((x + 1) / 2 - self.mean) / self.std
        for downsample, stage in zip(self.downsample_layers, self.stages):
            x = stage(downsample(x))
        return x


# The unit and its score.


class Dictionary(nn.Module):
    """The transcoder's encoder, its dataset norm folded into the bias."""

    def __init__(self, weights, hook, top_k):
        super().__init__()
        norm = math.sqrt(weights["W_D"].shape[1]) / weights["dataset_average_activation_norm." + hook]
        self.register_buffer("filters", weights["W_conv"])
        self.register_buffer("bias", weights["b_conv"] / norm)
        self.register_buffer("decoder_norms", weights["W_D"].norm(dim=1).reshape(-1, 1, 1))
        self.top_k = top_k

    def every(self, a):
        return F.conv2d(a, self.filters, self.bias, padding=3)

    def one(self, a, feature):
        own = slice(feature, feature + 1)
        return F.conv2d(a, self.filters[own], self.bias[own], padding=3)[:, 0]

    def active(self, pre):
        """1 where a feature is among the k largest of its position and positive."""
        best = (F.relu(pre) * self.decoder_norms).topk(self.top_k, dim=1)
        return torch.zeros_like(pre).scatter_(1, best.indices, (best.values > 0).to(pre.dtype))


def central(maps):
    """The middle half of height and width of (..., h, w), and where it begins."""
    h, w = maps.shape[-2:]
    high, wide = max(1, round(h / 2)), max(1, round(w / 2))
    top, left = (h - high) // 2, (w - wide) // 2
    return maps[..., top : top + high, left : left + wide], top, left


def mix(maps):
    return 0.7 * maps.amax(dim=(-2, -1)) + 0.3 * F.relu(maps).mean(dim=(-2, -1))


class Networks:
    def __init__(self, request):
        weights = {}
        for path in request["weights"]:
            weights.update(read(path))
        stage, block = (int(part) for part in request["hook"].split(".")[1:3])
        self.unet = self.filled(UNet(request["unet"]), weights)
        self.vision = self.filled(ConvNext(request["depths"], request["dims"], stage, block), weights)
        self.dictionary = Dictionary(weights, request["hook"], request["top_k"])
        self.feature = request["feature"]

    @staticmethod
    def filled(module, weights):
        module.load_state_dict({name: weights[name] for name in module.state_dict()})
        return module.requires_grad_(False).eval()

    def score(self, images, encoder):
        a = self.vision(images)
        if encoder == "all":
            pre = self.dictionary.every(a)[:, self.feature]
        else:
            pre = self.dictionary.one(a, self.feature)
        return mix(central(pre)[0])

    def guided_step(self, at, encoder, x, noise):
        x = x.detach().requires_grad_()
        timesteps = torch.full((x.shape[0],), float(at["timestep"]))
        epsilon, fraction = self.unet(x, timesteps).chunk(2, dim=1)
        x0 = at["sqrt_recip_abar"] * x - at["sqrt_recip_abar_minus_1"] * epsilon
        scores = self.score(x0, encoder)
        gradient = torch.autograd.grad(scores.sum(), x)[0]
        with torch.no_grad():
            fraction = (fraction + 1) / 2
            variance = (fraction * at["log_beta"] + (1 - fraction) * at["log_posterior"]).exp()
            mean = at["coef_x0"] * x0 + at["coef_xt"] * x
            after = mean + at["tilt"] * variance * gradient + variance.sqrt() * noise
        return {"x0_hat": x0.detach(), "score": scores.detach(), "gradient": gradient, "after": after}

    @torch.no_grad()
    def harvest(self, images):
        maps = self.dictionary.every(self.vision(images))
        middle, top, left = central(maps)
        largest = middle.flatten(2).argmax(dim=2)
        rows, columns = largest // middle.shape[3] + top, largest % middle.shape[3] + left
        active = self.dictionary.active(maps)
        return {
            "scores": mix(middle).t(),
            "positions": (rows * maps.shape[3] + columns).t(),
            "active_images": active.amax(dim=(2, 3)).sum(dim=0),
            "active_positions": active.sum(dim=(0, 2, 3)),
        }


# Requests.


def computation(networks, request, inputs):
    """What a request names, ready to be called; noise is drawn at each call unless it is given."""
    if request["what"] == "harvest":
        return lambda: networks.harvest(inputs["images"])
    noise = inputs.get("noise")
    return lambda: networks.guided_step(
        request["at"],
        request["encoder"],
        inputs["x"],
        torch.randn_like(inputs["x"]) if noise is None else noise,
    )


def difference(name, ours, expected):
    """Largest difference relative to the largest number; of positions, the share that differs."""
    if name == "positions":
        return (ours != expected).double().mean().item()
    return ((ours - expected).abs().max() / expected.abs().max()).item()


def check(networks, request):
    inputs = read(request["file"])
    found = computation(networks, request, inputs)()
    return {name: difference(name, value, inputs[name]) for name, value in found.items()}


def timed(networks, request):
    inputs = read(request["file"])
    inputs.pop("noise", None)
    compute = computation(networks, request, inputs)
    start = time.perf_counter()
    for _ in range(request["iterations"]):
        compute()
    return {"seconds": time.perf_counter() - start}


def describe():
    torch.ones(64, 64) @ torch.ones(64, 64)  # loads what is loaded at first use
    try:
        with open("/proc/self/maps") as maps:
            files = {line.split()[-1] for line in maps if ".so" in line}
    except OSError:
        files = set()
    names = ("blas", "libmkl", "blis", "atlas")
    return {
        "python": sys.version.split()[0],
        "torch": torch.__version__,
        "config": torch.__config__.show(),
        "threads": torch.get_num_threads(),
        "libraries": sorted(f for f in files if any(name in f for name in names)),
    }


def main():
    torch.set_num_threads(int(sys.argv[1]))
    networks = None
    for line in sys.stdin:
        request = json.loads(line)
        answer = {}
        try:
            if request["do"] == "describe":
                answer = describe()
            elif request["do"] == "open":
                networks = None  # before the next are read
                networks = Networks(request)
            elif request["do"] == "check":
                answer = check(networks, request)
            elif request["do"] == "time":
                answer = timed(networks, request)
        except Exception as e:
            answer = {"error": "%s: %s" % (type(e).__name__, e)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
