// Every Verilog source, from the top of the repository: verilator -f, iverilog -f.
// Made by scripts/filelist.sh.
rtl/baseline/teq_cell_booth.v
rtl/baseline/teq_cell_bw.v
rtl/teq_aoi22.v
rtl/teq_cell_select.v
rtl/teq_cell_shift.v
rtl/teq_clock_gate.v
rtl/teq_column_sum.v
rtl/teq_column_tree.v
rtl/teq_full_adder.v
rtl/teq_half_adder.v
rtl/teq_onehot_or.v
rtl/teq_reg.v
