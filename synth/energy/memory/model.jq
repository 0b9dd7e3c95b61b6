# What sources.json and the latches measured say in units of C V^2 of an inverter for each bit,
# and their geometric means, one value a source:
#     jq -s -f model.jq sources.json latches.json
#
# $mac: what a multiply-accumulate of the INT8 tile takes on ic, in the same units (5680 fJ,
# an inverter of osu018 has 9.32 fF at 1.8 V). A multiplication of 16 bits is four of those.
(5680 / (9.32 * 1.8 * 1.8)) as $mac
| def mean: (map(log) | add / length) | exp;
  def round1: . * 10 | round / 10;
  .[0].rows as $published
| (.[1].rows | max_by(.words) | {for: "psum", source: "latches, measured here", memory: "teq_psum_latch.v", words, bits, read: .read_units, write: .write_units, where: "make energy-latches: no wires"}) as $latches
| [$latches, ($published[] | (if .multiplies then .multiplies * 4 * $mac / .bits else null end) as $eyeriss
    | . + {read: ($eyeriss // (.read_pj * 1000 / .bits / (.ff * .volts * .volts))), write: ($eyeriss // (.write_pj * 1000 / .bits / (.ff * .volts * .volts)))})] as $all
| def model($for): [$all[] | select(.for == $for or .for == "both")] | group_by(.source)
      | {for: $for, read: (map(map(.read) | mean) | mean | round1), write: (map(map(.write) | mean) | mean | round1)};
  {rows: [$all[] | .read |= round1 | .write |= round1], means: [model("psum"), model("buffer")]}
