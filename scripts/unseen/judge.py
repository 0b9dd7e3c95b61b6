#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Quantize and judge the networks that train.py made: judge.py TEQ FOLDER

One JSON object a line for each network and method: bits, the loss that the quantizer expected, the loss on test
samples that it has not seen.
"""
import glob
import json
import os
import subprocess
import sys
import tempfile

METHODS = {("teq", "none"): ["-t", "none"], ("teq", "shift4"): [], ("int mixed", "int8"): ["-m", "int", "-b", "mixed"]}


def output(command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def judge(teq, about, path, method, target):
    samples = ["-s", repr(about["scale"]), "-z", repr(about["zero_point"]), "--json"]
    with tempfile.TemporaryDirectory() as folder:
        net = os.path.join(folder, "net.teq")
        how = output([teq, "quantize", path + ".onnx", "-q", "-c", path + "_calib_x.npy", "-o", net,
                      *METHODS[method, target], *samples])
        got = output([teq, "eval", net, "-i", path + "_eval_x.npy", "-l", path + "_eval_y.npy", "-f", path + ".onnx",
                      *samples])
    row = {"network": about["network"], "what": about["what"], "opset": about["opset"], "method": method, "target": target}
    row.update({key: how[key] for key in ("bits_weights", "bits_activations", "bits_avg", "expected_loss", "seconds")})
    row.update({key: got[key] for key in ("n", "acc_float", "acc_quant", "loss_points", "loss_low", "loss_high",
                                          "agreement")})
    return row


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    for name in sorted(glob.glob(os.path.join(sys.argv[2], "*.json"))):
        with open(name, encoding="utf-8") as f:
            network = json.load(f)
        for one in METHODS:
            print(json.dumps(judge(sys.argv[1], network, name[:-len(".json")], *one)), flush=True)
