#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Float executor against onnxruntime: compare_onnxruntime.py TEQ MODEL.onnx...

Random samples through both; every output within 1e-4 of the sample's largest, and for
networks that are known to be ill-conditioned (name ad.onnx) 1e-3. Exit status 77 where
onnxruntime or numpy is not installed: it is not a Debian package.
"""
import json
import os
import subprocess
import sys
import tempfile

try:
    import numpy
    import onnxruntime
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

SAMPLES = 5


def compare(teq, model):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    inputs = [i for i in session.get_inputs()]
    shape = [1] + [int(size) for size in inputs[0].shape[1:]]
    x = numpy.random.default_rng(1).standard_normal([SAMPLES] + shape[1:]).astype(numpy.float32)
    expected = numpy.stack([session.run(None, {inputs[0].name: s.reshape(shape)})[0].reshape(-1) for s in x])
    with tempfile.TemporaryDirectory() as folder:
        numpy.save(os.path.join(folder, "x.npy"), x)
        out = os.path.join(folder, "y.npy")
        run = subprocess.run([teq, "inspect", "--json", "--calib", os.path.join(folder, "x.npy"), "--outputs", out,
                              model], capture_output=True, text=True, check=False)
        if run.returncode != 0:
            return f"teq: {run.stderr.strip()}"
        got = numpy.load(out)
    if json.loads(run.stdout)["output_channels_last"]:
        got = numpy.moveaxis(got, 1, -1)
    got = got.reshape(SAMPLES, -1)
    if got.shape != expected.shape:
        return f"{got.shape[1]} outputs, expected {expected.shape[1]}"
    worst = (abs(got - expected).max(axis=1) / (abs(expected).max(axis=1) + 1e-30)).max()
    limit = 1e-3 if os.path.basename(model) == "ad.onnx" else 1e-4
    print(f"{model}: within {worst:.1e}")
    return None if worst <= limit else f"differs by {worst:.1e}, expected <= {limit:.0e}"


failures = [(model, why) for model in sys.argv[2:] if (why := compare(sys.argv[1], model)) is not None]
for model, why in failures:
    print(f"{model}: {why}")
print(f"{len(sys.argv) - 2 - len(failures)} passed, {len(failures)} failed")
sys.exit(1 if failures or len(sys.argv) < 3 else 0)
