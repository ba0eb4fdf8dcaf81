"""A recorded network gives what the network gives; on a card alone is anything recorded."""

from __future__ import annotations

import pytest
import torch

from headshots.core.generation.diffusion.models.cuda_graph import Captured


class Network(torch.nn.Module):
    """Called as UNets are: by place and by name, with tensors in a mapping and a tuple out."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0
        self.layer = torch.nn.Linear(8, 8)

    def forward(self, given, time, added, guidance=None, return_dict=True):
        self.calls += 1
        return (self.layer(given) * time + added["text"], guidance)


def asked(device: str, seed: int, rows: int = 2) -> tuple[tuple, dict]:
    generator = torch.Generator().manual_seed(seed)
    given = torch.randn(rows, 8, generator=generator).to(device)
    text = torch.randn(rows, 8, generator=generator).to(device)
    return (given, torch.tensor(2.0, device=device)), {"added": {"text": text}, "guidance": None}


def test_on_a_processor_it_is_run_as_it_is() -> None:
    network = Network()
    recorded = Captured(network)
    for seed in range(3):
        args, more = asked("cpu", seed)
        with torch.no_grad():
            assert torch.equal(recorded(*args, **more)[0], network(*args, **more)[0])
    assert network.calls == 6
    args, more = asked("cpu", 0)
    recorded(*args, **more)[0].sum().backward()
    assert network.layer.weight.grad is not None


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA card")
def test_on_a_card_it_is_recorded_once_for_each_form_and_anew_when_told() -> None:
    network = Network().cuda()
    recorded = Captured(network)
    with torch.no_grad():
        made = [recorded(*args, **more)[0] for args, more in (asked("cuda", s) for s in range(4))]
        calls = network.calls
        for seed, each in enumerate(made):
            args, more = asked("cuda", seed)
            assert torch.equal(each, network(*args, **more)[0])
        assert recorded.recorded == 1 and not recorded.refused
        args, more = asked("cuda", 9, rows=3)
        assert torch.equal(recorded(*args, **more)[0], network(*args, **more)[0])
        network.layer = torch.nn.Linear(8, 8).cuda()
        recorded.forget()
        args, more = asked("cuda", 0)
        assert torch.equal(recorded(*args, **more)[0], network(*args, **more)[0])
    assert calls == 2, "one as it is, one to record, none to play"
