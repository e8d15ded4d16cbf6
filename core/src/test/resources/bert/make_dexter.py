"""Six steps of a search as DEXTER takes them, by transformers 5.18 and PyTorch 2.13, for an image that is linear in what the prior is told.

python3 make_dexter.py   writes dexter.safetensors beside it, from the tiny BERT here and the tiny CLIP in ../goldens-latent.
The random numbers are those of org.tiltlens.torch.Noise: PyTorch's, seeded by SplitMix64 of (seed, stream, draw).
"""
import json, os
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from transformers import BertForMaskedLM, CLIPTextModelWithProjection
from transformers.models.bert.tokenization_bert_legacy import BertTokenizerLegacy

here = os.path.dirname(os.path.abspath(__file__))
clip_folder = os.path.join(here, "..", "goldens-latent", "clip_text_hf")
bert = BertForMaskedLM.from_pretrained(here, dtype=torch.float32).eval()
words = BertTokenizerLegacy(os.path.join(here, "vocab.txt"))
clip = CLIPTextModelWithProjection.from_pretrained(clip_folder, dtype=torch.float32).eval()
table = clip.get_input_embeddings().weight.detach()
clip_vocab = json.load(open(os.path.join(clip_folder, "vocab.json")))
M64 = (1 << 64) - 1
SEED, STEPS, TEMPLATE = 5, 6, "a picture of a [MASK] with [MASK]."


def mix(state):
    z = (state + 0x9E3779B97F4A7C15) & M64
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & M64
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & M64
    return z ^ (z >> 31)


def uniform(stream, draw, *shape):
    g = torch.Generator()
    g.manual_seed(mix((mix((mix(SEED) + stream) & M64) + draw) & M64))
    return torch.rand(shape, generator=g)


def bytes_of():
    plain = [b for b in range(256) if 33 <= b <= 126 or 161 <= b <= 172 or 174 <= b <= 255]
    others = [b for b in range(256) if b not in plain]
    return {**{chr(b): b for b in plain}, **{chr(256 + i): b for i, b in enumerate(others)}}


symbols = bytes_of()
whole = {}
for token, number in clip_vocab.items():
    if token.endswith("</w>"):
        try:
            whole[bytes(symbols[c] for c in token[:-4]).decode("utf-8")] = number
        except UnicodeDecodeError:
            pass
vocab = sorted(words.vocab, key=words.vocab.get)
translation = torch.stack([table[whole[w]] if w in whole else torch.zeros(table.shape[1]) for w in vocab])


def clip_ids(text):  # by greedy merges as the file lists them
    ranks = {tuple(l.split()): i for i, l in enumerate(open(os.path.join(clip_folder, "merges.txt"), encoding="utf-8").read().split("\n")[1:]) if l}
    ids = []
    for word in text.split():
        parts = list(word[:-1]) + [word[-1] + "</w>"]
        while len(parts) > 1:
            best = min(zip(parts, parts[1:]), key=lambda p: ranks.get(p, 1 << 30))
            if best not in ranks:
                break
            i = next(i for i, p in enumerate(zip(parts, parts[1:])) if p == best)
            parts[i : i + 2] = ["".join(best)]
        ids += [clip_vocab[p] for p in parts]
    return ids


def encode(vectors):  # (1, L, C): causal, as CLIPTextTransformer
    model = clip.text_model
    hidden = model.embeddings(inputs_embeds=vectors)
    length = vectors.shape[1]
    mask = torch.full((length, length), float("-inf")).triu(1)[None, None]
    for layer in model.encoder.layers:
        out = layer(hidden, attention_mask=mask)
        hidden = out[0] if isinstance(out, tuple) else out
    return model.final_layer_norm(hidden)


ids = torch.tensor([words(TEMPLATE)["input_ids"]])
masks = (ids[0] == words.mask_token_id).nonzero()[:, 0]
K, V = len(masks), len(vocab)
sos, eos = table[1112][None], table[1113][None]
before, between = table[clip_ids("a picture of a")], table[clip_ids("with")]
probe = torch.randn(1, 77, 64, generator=torch.Generator().manual_seed(1)) * 0.05

soft = (uniform(0, 0, 1, 1, 16) * 2 - 1).requires_grad_(True)
allowed = [i for i, w in enumerate(vocab) if "#" not in w and "[" not in w]
targets = [allowed[int(float(u) * len(allowed))] for u in uniform(-2, 0, K).double()]
optimizer = torch.optim.AdamW([soft], lr=0.1, eps=1e-4)
history, scores, all_targets, drawn_words = None, [], [list(targets)], []
for step in range(STEPS):
    once = bert.bert.embeddings(input_ids=ids)
    twice = bert.bert.embeddings(inputs_embeds=torch.cat([soft, once], 1))
    logits = bert.cls(bert.bert.encoder(twice)[0])[:, 1:]
    label = ids[0].clone()
    label[masks] = torch.tensor(targets)
    masked = F.cross_entropy(logits[0], label)
    u = uniform(-2, 1 + step, K, V).clamp(min=1e-12)
    y = F.softmax(logits[0, masks] - torch.log(-torch.log(u)), -1)
    index = y.argmax(-1)
    choice = F.one_hot(index, V).float() - y.detach() + y
    emb = choice @ translation
    told = torch.cat([sos, before, emb[:1], between, emb[1:], eos])[None]
    last = encode(told)
    context = torch.cat([last, last[:, -1:].expand(-1, 77 - last.shape[1], -1)], 1)
    score = (context * probe).sum()
    (masked - score).backward()
    optimizer.step()
    optimizer.zero_grad()
    loss = -float(score.detach())
    if history is None:
        history = [[loss] for _ in range(K)]
    for k in range(K):
        word = vocab[int(index[k])]
        if int(index[k]) == targets[k]:
            history[k].append(loss)
        elif loss < sum(history[k]) / len(history[k]) and not any(c in word for c in "#[.\\/"):
            history[k], targets[k] = [loss], int(index[k])
    scores.append(float(score))
    all_targets.append(list(targets))
    drawn_words.append([int(i) for i in index])
save_file({"probe": probe, "soft": soft.detach(), "scores": torch.tensor(scores), "targets": torch.tensor(all_targets), "drawn": torch.tensor(drawn_words)},
          os.path.join(here, "dexter.safetensors"), metadata={"template": TEMPLATE, "seed": str(SEED), "steps": str(STEPS)})

