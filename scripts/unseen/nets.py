# SPDX-License-Identifier: Apache-2.0
"""Small networks of the usual kinds, written as PyTorch users write them."""
import torch
from torch import nn


def conv_bn(c, o, k, stride=1, groups=1, act=nn.ReLU):
    layers = [nn.Conv2d(c, o, k, stride, k // 2, groups=groups, bias=False), nn.BatchNorm2d(o)]
    return nn.Sequential(*layers, *([act()] if act else []))


class Inverted(nn.Module):
    """MobileNetV2's block: widen, depthwise, narrow without an activation, add where shapes allow."""

    def __init__(self, c, o, stride, widen=4):
        super().__init__()
        self.add = stride == 1 and c == o
        self.body = nn.Sequential(conv_bn(c, c * widen, 1, act=nn.ReLU6),
                                  conv_bn(c * widen, c * widen, 3, stride, c * widen, nn.ReLU6),
                                  conv_bn(c * widen, o, 1, act=None))

    def forward(self, x):
        return x + self.body(x) if self.add else self.body(x)


def mobilenet(classes):
    return nn.Sequential(conv_bn(3, 16, 3, 2, act=nn.ReLU6), Inverted(16, 16, 1), Inverted(16, 24, 2), Inverted(24, 24, 1),
                         Inverted(24, 32, 1), Inverted(32, 32, 1), conv_bn(32, 96, 1, act=nn.ReLU6),
                         nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.1), nn.Linear(96, classes))


def vgg(classes):
    def stage(c, o):
        return [nn.Conv2d(c, o, 3, padding=1), nn.ReLU(inplace=True), nn.Conv2d(o, o, 3, padding=1),
                nn.ReLU(inplace=True), nn.MaxPool2d(2)]
    net = nn.Sequential(*stage(3, 12), *stage(12, 24), *stage(24, 48), nn.Flatten(), nn.Linear(48 * 9, 64),
                        nn.ReLU(inplace=True), nn.Dropout(0.2), nn.Linear(64, classes))
    for m in net.modules():
        if isinstance(m, nn.Conv2d):
            nn.init.kaiming_normal_(m.weight, nonlinearity="relu")
            nn.init.zeros_(m.bias)
    return net


class Basic(nn.Module):
    """ResNet's block; a 1 x 1 convolution where the shape changes."""

    def __init__(self, c, o, stride):
        super().__init__()
        self.a = conv_bn(c, o, 3, stride)
        self.b = conv_bn(o, o, 3, act=None)
        self.skip = conv_bn(c, o, 1, stride, act=None) if stride > 1 or c != o else nn.Identity()

    def forward(self, x):
        return torch.relu(self.b(self.a(x)) + self.skip(x))


class Fork(nn.Module):
    """Branches that are concatenated: 1 x 1, 3 x 3, pooled."""

    def __init__(self, c, o):
        super().__init__()
        self.a = conv_bn(c, o, 1)
        self.b = nn.Sequential(conv_bn(c, o // 2, 1), conv_bn(o // 2, o, 3))
        self.c = nn.Sequential(nn.MaxPool2d(3, 1, 1), conv_bn(c, o, 1))

    def forward(self, x):
        return torch.cat([self.a(x), self.b(x), self.c(x)], 1)


class ResNet(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.stem = nn.Sequential(conv_bn(3, 12, 3), nn.AvgPool2d(2))
        self.body = nn.Sequential(Basic(12, 16, 1), Basic(16, 24, 2), Fork(24, 16), Basic(48, 48, 1))
        self.head = nn.Linear(48, classes)

    def forward(self, x):
        x = self.body(self.stem(x))
        return self.head(x.mean([2, 3]))


class DSCNN(nn.Module):
    def __init__(self, classes, c=40):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, c, (10, 4), 2, (5, 1)), nn.BatchNorm2d(c), nn.ReLU(), nn.Dropout(0.1))
        self.body = nn.Sequential(*[m for _ in range(4) for m in (conv_bn(c, c, 3, groups=c), conv_bn(c, c, 1))])
        self.fc = nn.Linear(c, classes)

    def forward(self, x):
        x = self.body(self.stem(x))
        x = nn.functional.adaptive_avg_pool2d(x, 1)
        return torch.softmax(self.fc(x.view(x.size(0), -1)), 1)


def signal_conv(classes):
    return nn.Sequential(nn.Conv1d(1, 16, 7, 2, 3), nn.BatchNorm1d(16), nn.ReLU(), nn.Conv1d(16, 32, 5, 1, 2),
                         nn.BatchNorm1d(32), nn.ReLU(), nn.MaxPool1d(2), nn.Conv1d(32, 32, 3, 1, 1), nn.BatchNorm1d(32),
                         nn.ReLU(), nn.AdaptiveAvgPool1d(4), nn.Flatten(), nn.Linear(128, classes))


def mlp(classes):
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 96), nn.ReLU(), nn.Linear(96, 48), nn.ReLU(), nn.Linear(48, classes))
