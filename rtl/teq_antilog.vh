// SPDX-License-Identifier: Apache-2.0
//
// Written by cmodel/num/gen/gen_tables.c (`make tables`). Do not edit.
//
// Constant functions, to be included inside a module:
//
//   teq_antilog_word(i) = round(2^20 2^(-i/48))         i = 0..47, else 0
//   teq_antilog(i, mb)  = round((2^mb - 1) 2^(-i/48))   i = 0..95, mb = 4..11, half up

/* verilator coverage_off */ // constant functions: run at elaboration only
function [20:0] teq_antilog_word;
  input integer i;
  case (i)
     0: teq_antilog_word = 21'd1048576;
     1: teq_antilog_word = 21'd1033543;
     2: teq_antilog_word = 21'd1018725;
     3: teq_antilog_word = 21'd1004120;
     4: teq_antilog_word = 21'd989724;
     5: teq_antilog_word = 21'd975534;
     6: teq_antilog_word = 21'd961548;
     7: teq_antilog_word = 21'd947763;
     8: teq_antilog_word = 21'd934175;
     9: teq_antilog_word = 21'd920782;
    10: teq_antilog_word = 21'd907581;
    11: teq_antilog_word = 21'd894569;
    12: teq_antilog_word = 21'd881744;
    13: teq_antilog_word = 21'd869102;
    14: teq_antilog_word = 21'd856642;
    15: teq_antilog_word = 21'd844361;
    16: teq_antilog_word = 21'd832255;
    17: teq_antilog_word = 21'd820323;
    18: teq_antilog_word = 21'd808563;
    19: teq_antilog_word = 21'd796970;
    20: teq_antilog_word = 21'd785544;
    21: teq_antilog_word = 21'd774282;
    22: teq_antilog_word = 21'd763181;
    23: teq_antilog_word = 21'd752240;
    24: teq_antilog_word = 21'd741455;
    25: teq_antilog_word = 21'd730825;
    26: teq_antilog_word = 21'd720347;
    27: teq_antilog_word = 21'd710020;
    28: teq_antilog_word = 21'd699841;
    29: teq_antilog_word = 21'd689807;
    30: teq_antilog_word = 21'd679917;
    31: teq_antilog_word = 21'd670170;
    32: teq_antilog_word = 21'd660561;
    33: teq_antilog_word = 21'd651091;
    34: teq_antilog_word = 21'd641757;
    35: teq_antilog_word = 21'd632556;
    36: teq_antilog_word = 21'd623487;
    37: teq_antilog_word = 21'd614548;
    38: teq_antilog_word = 21'd605738;
    39: teq_antilog_word = 21'd597053;
    40: teq_antilog_word = 21'd588493;
    41: teq_antilog_word = 21'd580056;
    42: teq_antilog_word = 21'd571740;
    43: teq_antilog_word = 21'd563543;
    44: teq_antilog_word = 21'd555464;
    45: teq_antilog_word = 21'd547500;
    46: teq_antilog_word = 21'd539651;
    47: teq_antilog_word = 21'd531914;
    default: teq_antilog_word = 21'd0;
  endcase
endfunction

function integer teq_antilog;
  input integer i;
  input integer mb;
  if (i < 48)
    teq_antilog = (((1 << mb) - 1) * {11'd0, teq_antilog_word(i)} + 524288) >> 20;
  else
    teq_antilog = (((1 << mb) - 1) * {11'd0, teq_antilog_word(i - 48)} + 1048576) >> 21;
endfunction
/* verilator coverage_on */
