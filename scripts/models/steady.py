"""numpy that gives the same bits on every x86-64 CPU with AVX2: import `np` from here, before any numpy.

Sums of floats depend on the order they are added in, and libraries choose it by the CPU. Here the
matrix products always run on the kernels for Haswell, on one thread, and numpy's own loops for AVX-512
stay off. Together with the exact versions of requirements.txt, weights can be packed anywhere.
"""

import os
import sys

if "numpy" in sys.modules:
    raise ImportError("Import steady before numpy: numpy reads its settings once.")
os.environ["OPENBLAS_CORETYPE"] = "Haswell"
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["NPY_DISABLE_CPU_FEATURES"] = "X86_V4 AVX512_ICL AVX512_SPR"

import numpy as np  # noqa: E402, F401
