# The ratios of a report as rules: jq -s -f figures.jq rules.json energy.json
.[0] as $rules | .[1] as $report |
$rules | .figures = (
    [$rules.figures[]? | select(.select.library != $report.library.library or (.select.shape | IN($report.rows[].shape) | not))] +
    [$report.rows[] | select(.layer == "all") | {select: {design, network, format, layer, library, shape}, field: "ratio_int8_tile", expect: .ratio_int8_tile, tolerance: 0.05} | select(.expect != null)]
)
