"""torch without what nobody here asks it for: it works as usual."""

import subprocess
import sys

SCRIPT = """
import gc, sys
from labbench.models.torch_import import import_torch
import_torch()
import torch
assert "torch._meta_registrations" not in sys.modules and gc.isenabled() and gc.get_freeze_count() > 100_000
from labbench.models.whisper_linear import float_linear, int8_linear, int8_works, quantising
weight, x = torch.linspace(-1, 1, 512).view(16, 32), torch.linspace(-2, 1, 96).view(3, 32)
exact = float_linear(weight, None)(x)
assert torch.equal(exact, x @ weight.t())
if int8_works():
    with quantising():
        assert (int8_linear(weight, None)(x) - exact).abs().max() < 0.05 * exact.abs().max()
query = torch.randn(1, 2, 5, 8)
assert torch.nn.functional.scaled_dot_product_attention(query, query, query).isfinite().all()
import_torch()
print("well")
"""


def test_it_works_without_the_kernels_for_shapes() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "well", done.stderr
