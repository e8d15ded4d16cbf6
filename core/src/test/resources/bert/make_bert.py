"""A tiny random BERT, its numbers and a tokenizer's ids, by transformers 5.18 and PyTorch 2.13.

python3 make_bert.py   writes model.safetensors, config.json, vocab.txt, numbers.safetensors and tokens.json beside it.
"""
import json, os, sys
import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertForMaskedLM
from transformers.models.bert.tokenization_bert_legacy import BertTokenizerLegacy

here = os.path.dirname(os.path.abspath(__file__))
special = ["[PAD]", "[unused0]", "[unused1]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
letters = [chr(c) for c in range(ord("a"), ord("z") + 1)]
digits = list("0123456789")
marks = list("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~") + ["…", "–", "—", "¡", "“", "”", "’", "。", "、"]
words = """a an and the of with in on at to is it picture photo red blue green house houses small big dog cat cats
street un ##able play ##ing ##ed ##s ##er ##est walk talk color colour grey tree trees river strasse cafe naive resume uber
night land king ball game team man world life love people art old new day
don ##t ##ly quick ##ness inter ##nation ##al ##ation ##ise ##ize mask cls image view sky stone water fire""".split()
foreign = ["ß", "ø", "æ", "đ", "ı", "中", "国", "人", "山", "水", "α", "β", "σ", "ς", "и", "й", "я", "日", "本", "の", "ひ", "가"]
tokens = special + marks + digits + letters + ["##" + x for x in letters + digits] + words + foreign + ["##ß", "##ø", "##σ", "##ς", "##и", "##의"]
vocab = list(dict.fromkeys(tokens))
with open(os.path.join(here, "vocab.txt"), "w", encoding="utf-8") as f:
    f.write("\n".join(vocab) + "\n")

texts = [
    "", " ", "a", "A picture of a [MASK].", "a picture of a [MASK] with [MASK] and [MASK] and [MASK] and [MASK] and [MASK].",
    "The RED house", "houses", "unable", "playing and played, walks", "unplayable", "internationalisation", "quickest", "don't", "it's 1984!",
    "zzz qqq", "co-op", "a  b\tc\nd\r\ne", "Café naïve résumé", "ÜBER Straße", "STRASSE", "Øre æble", "İstanbul", "ı", "中国人", "a中b", "日本の山水",
    "αβσ", "ΑΒΣ", "ΣΑΣ ΣΣ.", "Ийя й", "가나", "e\u0301tude", "n\u0303", "a\u0000b\ufffdc", "a\u00adb", "a\u200bb", "a\u00a0b", "a\u3000b", "a\u2028b",
    "\u0085x", "x\u000by", "😀 dog", "dog😀", "…–—", "“quoted” ’", "a_b^c`d~e", "¡hola!", "$5.00 + 10%", "#1 [x] (y) {z}",
    "[CLS] a [SEP]", "[mask]", "[MASK][MASK]", "a[MASK]b", "[UNK] [PAD]", "[unused0]", "[MASK", "##ing", "## ing", "a" * 100, "a" * 101, "ab" * 60,
    "ﬁre", "ﬀ", "Å ångström", "𝒳", "\U00020000a", "x²", "½", "colour & color", "5,000.5", "don’t", "мир й",
]
tokenizer = BertTokenizerLegacy(os.path.join(here, "vocab.txt"), do_lower_case=True)
cased = BertTokenizerLegacy(os.path.join(here, "vocab.txt"), do_lower_case=False)
json.dump(
    {"texts": [{"text": t, "ids": tokenizer(t)["input_ids"], "cased_ids": cased(t)["input_ids"]} for t in texts],
     "decoded": [{"ids": i, "text": tokenizer.decode(i, clean_up_tokenization_spaces=False)} for i in ([tokenizer.vocab["red"]], tokenizer("playing houses.")["input_ids"][1:-1])]},
    open(os.path.join(here, "tokens.json"), "w"), separators=(",", ":"))

torch.manual_seed(45)
config = BertConfig(vocab_size=len(vocab), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=24,
                    max_position_embeddings=32, type_vocab_size=2, hidden_act="gelu")
model = BertForMaskedLM(config).eval()
with torch.no_grad():
    for name, p in model.named_parameters():
        p.copy_(torch.randn_like(p) * 0.3 + (1.0 if "LayerNorm.weight" in name else 0.0))
model.save_pretrained(here)
for extra in ("generation_config.json",):
    if os.path.exists(os.path.join(here, extra)):
        os.remove(os.path.join(here, extra))
ids = torch.tensor([tokenizer("A picture of a [MASK] with [MASK].")["input_ids"], tokenizer("the dog and the cat in it.")["input_ids"]])
labels = torch.tensor([tokenizer("A picture of a dog with water.")["input_ids"], tokenizer("the dog and the cat in un.")["input_ids"]])
embeds = model.bert.embeddings.word_embeddings(ids).detach().requires_grad_(True)
out = model(inputs_embeds=embeds, labels=labels)
probe = torch.randn_like(out.logits)
(grad,) = torch.autograd.grad((out.logits * probe).sum() + out.loss, embeds)
hidden = model.bert(input_ids=ids)[0]
once = model.bert.embeddings(input_ids=ids)
soft = torch.randn(1, 2, 16)
twice = model.bert.embeddings(inputs_embeds=torch.cat([soft, once[:1]], 1))
logits = model.cls(model.bert.encoder(twice)[0])[:, 2:]
save_file({"ids": ids, "labels": labels, "embeds": embeds.detach(), "logits": out.logits.detach(), "loss": out.loss.detach().reshape(1),
           "probe": probe, "grad": grad, "hidden": hidden.detach(), "once": once.detach(), "soft": soft, "soft_logits": logits.detach().contiguous()},
          os.path.join(here, "numbers.safetensors"))
