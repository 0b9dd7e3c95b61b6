#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Train small networks on made-up tasks and export them: train.py FOLDER [NAME...]

Writes FOLDER/NAME.onnx, NAME_{calib_x,eval_x,eval_y}.npy and, last, NAME.json; networks that are there already
stay. CPU, one thread, about a minute each. The same PyTorch makes the same networks. Exit status 77 where it is not
installed.
"""
import inspect
import json
import os
import sys
import time

try:
    import numpy
    import torch
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

sys.dont_write_bytecode = True
import nets
import tasks

CALIB, EVAL = 100, 1000

# name: network, what it is, task, classes, training samples, epochs, rate, opset, BatchNorm kept as its own node, and
# offset and unit of stored samples
NETS = {
    "mobilenet": (nets.mobilenet, "MobileNetV2 blocks, ReLU6; images of shapes", tasks.shapes, tasks.SHAPES, 5000, 10, 6e-3,
                  13, False, (127.5, 127.5)),
    "vgg": (nets.vgg, "VGG, max pooling, no BatchNorm; images of shapes", tasks.shapes, tasks.SHAPES, 5000, 8, 2e-3,
            11, False, (127.5, 127.5)),
    "resnet": (nets.ResNet, "ResNet blocks, concatenation; images of shapes", tasks.shapes, tasks.SHAPES, 5000, 8, 6e-3,
               17, True, (0, 255)),
    "dscnn": (nets.DSCNN, "DS-CNN; spectrograms of words", tasks.words, tasks.WORDS, 4000, 8, 6e-3, 11, False, (0, 1)),
    "signal": (nets.signal_conv, "1-D convolutions; signals", tasks.signals, tasks.SIGNALS, 5000, 12, 6e-3,
               17, False, (0, 1)),
    "mlp": (nets.mlp, "dense layers alone; signals", tasks.signals, tasks.SIGNALS, 15000, 20, 4e-3, 9, False, (0, 1)),
}


def train(net, x, y, epochs, rate):
    soft = any(isinstance(m, nets.DSCNN) for m in net.modules())
    optimizer = torch.optim.AdamW(net.parameters(), rate, weight_decay=1e-3)
    steps = epochs * (len(x) // 64)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps)
    for _ in range(epochs):
        net.train()
        order = torch.randperm(len(x))
        for i in range(len(x) // 64):
            pick = order[i * 64:(i + 1) * 64]
            out = net(x[pick])
            loss = torch.nn.functional.nll_loss(torch.log(out + 1e-9), y[pick]) if soft \
                else torch.nn.functional.cross_entropy(out, y[pick])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    net.eval()


def make(folder, name):
    build, what, task, classes, n, epochs, rate, opset, keep_bn, (zero, unit) = NETS[name]
    torch.manual_seed(1)
    torch.set_num_threads(1)
    path = os.path.join(folder, name)
    start = time.time()

    def samples(n, seed):
        x, y = task(n, seed)
        return x, torch.tensor((x.astype(numpy.float32) - zero) / unit), torch.tensor(y)

    _, x, y = samples(n, 1)
    net = build(classes)
    train(net, x, y, epochs, rate)
    calib, _, _ = samples(CALIB, 2)
    raw, x, y = samples(EVAL, 3)
    with torch.no_grad():
        right = (net(x).argmax(1) == y).float().mean().item()
    numpy.save(path + "_calib_x.npy", calib)
    numpy.save(path + "_eval_x.npy", raw)
    numpy.save(path + "_eval_y.npy", y.numpy().astype(numpy.int32))
    mode = torch.onnx.TrainingMode.PRESERVE if keep_bn else torch.onnx.TrainingMode.EVAL
    # Newer PyTorch has two exporters; this is the one that knows all these opsets.
    which = {"dynamo": False} if "dynamo" in inspect.signature(torch.onnx.export).parameters else {}
    torch.onnx.export(net, x[:1], path + ".onnx.new", opset_version=opset, training=mode, do_constant_folding=not keep_bn,
                      input_names=["input"], output_names=["output"],
                      dynamic_axes={"input": {0: "batch"}, "output": {0: "batch"}}, **which)
    os.replace(path + ".onnx.new", path + ".onnx")
    about = {"network": name, "what": what, "opset": opset, "scale": 1 / unit, "zero_point": zero}
    with open(path + ".json", "w", encoding="utf-8") as f:  # last: the network is whole
        json.dump(about, f)
    print(f"{name}: opset {opset}, {100 * right:.1f} % of {EVAL} test samples, {time.time() - start:.0f} s", flush=True)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    os.makedirs(sys.argv[1], exist_ok=True)
    for one in sys.argv[2:] or NETS:
        if not os.path.exists(os.path.join(sys.argv[1], one + ".json")):
            make(sys.argv[1], one)
