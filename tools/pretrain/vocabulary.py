"""A byte-pair vocabulary in CLIP's own format, learned on a caption corpus.

Ids: 256 bytes, the same 256 with </w> at a word's end, the merges in rank order, start of text, end of text.
"""
import collections
import json
import re

PIECES = re.compile(r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[a-z]+|[0-9]|[^\sa-z0-9]+")
START, END = "<|startoftext|>", "<|endoftext|>"


def byte_alphabet():
    """Byte -> printable symbol: printable Latin-1 bytes stand for themselves, the other 68 for U+0100 onwards."""
    direct = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [b for b in range(256) if b not in direct]
    return {b: chr(b) for b in direct} | {b: chr(256 + i) for i, b in enumerate(rest)}


class Vocabulary:
    def __init__(self, merges):
        self.merges = merges
        symbols = list(byte_alphabet().values())
        tokens = symbols + [s + "</w>" for s in symbols] + ["".join(m) for m in merges] + [START, END]
        self.ids = {t: i for i, t in enumerate(tokens)}
        self.rank = {m: i for i, m in enumerate(merges)}
        self.alphabet = byte_alphabet()
        self.known = {}

    def word(self, piece):
        if piece not in self.known:
            parts = split(piece, self.alphabet)
            while len(parts) > 1:
                best = min(zip(parts, parts[1:]), key=lambda m: self.rank.get(m, 1 << 30))
                if best not in self.rank:
                    break
                parts = join(parts, best)
            self.known[piece] = [self.ids[t] for t in parts]
        return self.known[piece]

    def encode(self, text, context):
        ids = [self.ids[START]] + [i for piece in PIECES.findall(text.lower()) for i in self.word(piece)] + [self.ids[END]]
        if len(ids) > context:
            raise ValueError(f"{text!r} takes {len(ids)} tokens, the context holds {context}")
        return ids + [self.ids[END]] * (context - len(ids))

    def save(self, folder):
        (folder / "vocab.json").write_text(json.dumps(self.ids, ensure_ascii=False) + "\n", encoding="utf-8")
        lines = ["#version: 0.2"] + [" ".join(m) for m in self.merges]
        (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def split(piece, alphabet):
    parts = [alphabet[b] for b in piece.encode()]
    return tuple(parts[:-1] + [parts[-1] + "</w>"])


def join(parts, pair):
    out, i = [], 0
    while i < len(parts):
        if i + 1 < len(parts) and (parts[i], parts[i + 1]) == pair:
            out.append(parts[i] + parts[i + 1])
            i += 2
        else:
            out.append(parts[i])
            i += 1
    return tuple(out)


def learn(corpus, merges):
    """Learns up to `merges` merges from {text: count}; ties go to the pair first in code-point order."""
    alphabet = byte_alphabet()
    words = collections.Counter()
    for text, count in corpus.items():
        for piece in PIECES.findall(text.lower()):
            words[split(piece, alphabet)] += count
    learned = []
    while len(learned) < merges:
        pairs = collections.Counter()
        for parts, count in words.items():
            for pair in zip(parts, parts[1:]):
                pairs[pair] += count
        if not pairs:
            break
        best = min(pairs, key=lambda m: (-pairs[m], m))
        learned.append(best)
        merged = collections.Counter()
        for parts, count in words.items():
            merged[join(parts, best)] += count
        words = merged
    return Vocabulary(learned)
