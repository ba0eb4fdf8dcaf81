"""Memory that ran out: what says so, and how what isn't used is given back."""

from __future__ import annotations

import gc

# What torch says where memory runs out: CUDA and Apple's, and a processor's.
_NO_MEMORY = ("out of memory", "not enough memory", "can't allocate memory")


def out_of_memory(error: BaseException) -> bool:
    """Whether an error of torch's or Python's says that memory ran out."""
    if isinstance(error, MemoryError):
        return True
    said = str(error)
    return isinstance(error, RuntimeError) and any(words in said for words in _NO_MEMORY)


def release() -> None:
    """Give memory that is not used any more back to the device."""
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    elif torch.backends.mps.is_available():
        torch.mps.empty_cache()
