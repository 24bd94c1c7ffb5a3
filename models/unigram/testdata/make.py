"""Trains a small sentence-piece vocabulary in the form of SigLIP's and records what the reference implementation makes of texts.

    python3 make.py          # needs tokenizers; writes tokenizer.json and cases.json here
"""
import json
import pathlib

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

here = pathlib.Path(__file__).parent
words = "photo picture image drawing cat dog bird fish truck ship horse frog plane apple orange pear tiger lion wolf bear tree flower rose lily".split()
colours = "red green blue yellow small large old young dark bright".split()
corpus = [f"a {kind} of a {c} {w}" for kind in words[:4] for c in colours for w in words[4:]] + [f"the {c} {w}s" for c in colours for w in words]

t = Tokenizer(models.Unigram())
t.normalizer = normalizers.Sequence([
    normalizers.Lowercase(), normalizers.Replace(Regex(r"""[!"\#\$%\&'\(\)\*\+,\-\.:;=\?@\[\\\]\^_`\{\|\}\~]"""), ""),
    normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip(),
])
t.pre_tokenizer = pre_tokenizers.Metaspace()
t.train_from_iterator(corpus, trainers.UnigramTrainer(vocab_size=160, special_tokens=["<pad>", "</s>", "<unk>"], unk_token="<unk>", show_progress=False))
t.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
t.save(str(here / "tokenizer.json"), pretty=False)

texts = corpus[::97] + [
    "", " ", "A Photo of a CAT.", "This is a photo of the dog's bed!", "zzz qqq", "naïve café", "日本語 cat 日本", "a  b\tc\nd", "rose-tree (old)", "ÅÄÖ",
    "aquarium_fish", "photophotophoto", "tigerlionwolf", "x", "catdog xx catdog 123",
]
(here / "cases.json").write_text(json.dumps([{"text": s, "ids": t.encode(s).ids} for s in texts], ensure_ascii=False, indent=0) + "\n")
