# The ratios of a report as rules: jq -s -f figures.jq rules.json energy.json
.[0] as $rules | .[1] as $report |
$rules | .figures = (
    [$rules.figures[]? | select(.select.library != $report.library.library or (.select.shape | IN($report.rows[].shape) | not))] +
    [$report.rows[] | select(.layer == "all") | . as $row | ("ratio_int8_tile", "ratio_int8") as $field
     | {select: {design, network, format, layer, library, shape}, field: $field, expect: $row[$field], tolerance: 0.05} | select(.expect != null)]
)
