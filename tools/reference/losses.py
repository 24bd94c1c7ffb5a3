"""Alignment losses and purification, with autograd."""
import torch
import torch.nn.functional as F


def entropy(logits):
    q = logits.log_softmax(-1)
    return -(q.exp() * q).sum(-1)


def temperature(logits, target):
    lo, hi = torch.full_like(target, 0.05), torch.full_like(target, 20.0)
    for _ in range(20):
        mid = (lo + hi) / 2
        high = entropy(logits / mid[:, None]) > target
        hi, lo = torch.where(high, mid, hi), torch.where(high, lo, mid)
    return (lo + hi) / 2


def align_loss(kind, logits, teacher):
    if kind == "kl":
        return -(teacher.softmax(-1) * logits.log_softmax(-1)).sum(-1).mean()
    if kind == "lskd":
        std = lambda v: (v - v.mean(-1, keepdim=True)) / (1e-7 + v.std(-1, keepdim=True))
        own, other = (std(logits) / 2).log_softmax(-1), (std(teacher) / 2).log_softmax(-1)
        return 4 * F.kl_div(own, other, reduction="batchmean", log_target=True)
    with torch.no_grad():
        target = (entropy(logits) + entropy(teacher)) / 2
        ts, tt = temperature(logits, target), temperature(teacher, target)
    ps, pt = (logits / ts[:, None]).softmax(-1), (teacher / tt[:, None]).softmax(-1)
    return (pt * (pt.clamp_min(1e-12).log() - ps.clamp_min(1e-12).log())).sum(-1).mean()


def purify(task, align, strength, scope, classed=(), noise=1e-6):
    """Projects the gradients, tensor by tensor, as one vector, or row by row where a tensor has a row for each class."""
    if scope == "row":
        apart = [purify(list(g), list(a), strength, "tensor", noise=1e-4) if by_row else purify([g], [a], strength, "tensor")
                 for g, a, by_row in zip(task, align, classed)]
        return [torch.stack(of).reshape(g.shape) for g, of in zip(task, apart)]
    if scope == "global":
        g, a = torch.cat([t.reshape(-1) for t in task]), torch.cat([t.reshape(-1) for t in align])
        whole, out, at = purify([g], [a], strength, "tensor")[0], [], 0
        for t in task:
            out.append(whole[at:at + t.numel()].reshape(t.shape))
            at += t.numel()
        return out
    out = []
    for g, a in zip(task, align):
        dot = (g * a).sum()
        out.append(g - strength * dot / (a * a).sum() * a if dot < 0 and a.norm() >= noise * g.norm() else g)
    return out
