# A network's row of build/reports/core.json, from what teq compile and teq run print.
# c: compiled, m: on the cycle model, r: on the Verilog core.
def thousandths: . * 1000 | round / 1000;
$c[0] as $c | $m[0] as $m | $r[0] as $r
| {
    network: $network, weights: $weights, images: $r.images, cycles: $r.cycles, cycles_model: $m.cycles,
    predicted_cycles: $r.predicted_cycles, utilisation: ($r.utilisation | thousandths),
    mismatches: ($r.mismatches + $m.mismatches + (if $r.cycles_as_predicted and $m.cycles_as_predicted then 0 else 1 end)),
    seconds_per_image: ($r.seconds_per_image | thousandths), seconds_model: ($m.seconds_per_image | thousandths),
    accuracy: $r.accuracy, stalls: $r.stalls, row_ops: $r.row_ops, zero_skips: $r.zero_skips,
    act_words: $c.act_words, wgt_words: $c.wgt_words, prg_words: $c.prg_words,
    kinds: ($c.layers | group_by(.kind) | map({
        kind: .[0].kind, layers: length, cycles: (map(.cycles) | add),
        utilisation: ((map(.macs) | add) / ((map(.cycles) | add) * $cells) | thousandths)})),
    layers: ($c.layers | map(.utilisation |= thousandths))
  }
