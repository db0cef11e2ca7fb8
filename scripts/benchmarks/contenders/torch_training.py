"""PyTorch, eager or compiled, without the overhead of a DataLoader.

All images are one tensor on the device; an epoch is a random permutation of
its rows, taken by index. The optimizer is the fused Adam. `torch.compile`
takes the loss, forward and backward.
"""

import contextlib

import torch

from benchmarks import fashion_mnist, images
from benchmarks.contenders import torch_model, torch_pictures
from benchmarks.report import Report


def device(work):
    """Returns where the work is done."""
    return torch.device("cuda" if work["gpu"] else "cpu")


def precision(work):
    """Returns the context for the forward pass: bfloat16 on a GPU."""
    return torch.autocast("cuda", dtype=torch.bfloat16) if work["gpu"] else contextlib.nullcontext()


def load(work, split, count):
    """Returns images as one tensor on the device: floats [N, 1, 28, 28], or pictures as they are, [N, 64, 64, 3]."""
    if work["network"] == "residual":
        return torch.from_numpy(images.raw(work, split)).to(device(work))
    return torch.from_numpy(fashion_mnist.binary(work["source"], split, count).transpose(0, 3, 1, 2)).to(device(work))


def train(report, work):
    """Returns the trained module."""
    report.imported()
    torch.manual_seed(work["seed"])
    data = load(work, "train", work["examples"])
    vae = (torch_pictures if work["network"] == "residual" else torch_model).VAE(work).to(data.device)
    optimizer = torch.optim.Adam(vae.parameters(), lr=work["learning_rate"], eps=work["epsilon"], fused=True)

    def loss_of(x):
        with precision(work):
            return -vae(x).mean()

    if work.get("compile"):
        loss_of = torch.compile(loss_of, dynamic=False)
    report.training_begins()
    for _ in range(work["epochs"]):
        total = torch.zeros((), device=data.device)
        for rows in torch.randperm(len(data), device=data.device).split(work["batch_size"]):
            optimizer.zero_grad(set_to_none=True)
            loss = loss_of(data[rows])
            loss.backward()
            optimizer.step()
            total += loss.detach()
            if work["gpu"] and not report.stepped:
                torch.cuda.synchronize()
            report.step_done()
            if work.get("stop_early"):
                return vae
        total.item()  # the mean loss of an epoch, as every training reports it; waits for the device
        report.epoch_done()
    return vae


def main():
    """Runs the contender."""
    report = Report()
    work = report.work
    vae = train(report, work)
    if work.get("stop_early"):
        return report.finish(samples=[report.first_step])
    vae.eval()
    test = load(work, "test", work.get("test_examples"))
    with torch.inference_mode(), precision(work):
        report.result(torch.cat([vae(x) for x in test.split(100)]).cpu().numpy())
    memory = {"device_memory": torch.cuda.max_memory_allocated() / 2**20} if work["gpu"] else {}
    return report.finish(parameters=sum(each.numel() for each in vae.parameters()), **memory)


if __name__ == "__main__":
    main()
