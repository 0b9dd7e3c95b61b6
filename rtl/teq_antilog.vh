// SPDX-License-Identifier: Apache-2.0
//
// Written by cmodel/num/gen/gen_tables.c (`make tables`). Do not edit.
//
// Constant functions, to be included inside a module:
//
//   teq_antilog_word(i) = round(2^16 2^(-i/48))         i = 0..47, else 0
//   teq_antilog(i, mb)  = round((2^mb - 1) 2^(-i/48))   i = 0..95, mb = 4..10, half up

function [16:0] teq_antilog_word;
  input integer i;
  case (i)
     0: teq_antilog_word = 17'd65536;
     1: teq_antilog_word = 17'd64596;
     2: teq_antilog_word = 17'd63670;
     3: teq_antilog_word = 17'd62757;
     4: teq_antilog_word = 17'd61858;
     5: teq_antilog_word = 17'd60971;
     6: teq_antilog_word = 17'd60097;
     7: teq_antilog_word = 17'd59235;
     8: teq_antilog_word = 17'd58386;
     9: teq_antilog_word = 17'd57549;
    10: teq_antilog_word = 17'd56724;
    11: teq_antilog_word = 17'd55911;
    12: teq_antilog_word = 17'd55109;
    13: teq_antilog_word = 17'd54319;
    14: teq_antilog_word = 17'd53540;
    15: teq_antilog_word = 17'd52773;
    16: teq_antilog_word = 17'd52016;
    17: teq_antilog_word = 17'd51270;
    18: teq_antilog_word = 17'd50535;
    19: teq_antilog_word = 17'd49811;
    20: teq_antilog_word = 17'd49097;
    21: teq_antilog_word = 17'd48393;
    22: teq_antilog_word = 17'd47699;
    23: teq_antilog_word = 17'd47015;
    24: teq_antilog_word = 17'd46341;
    25: teq_antilog_word = 17'd45677;
    26: teq_antilog_word = 17'd45022;
    27: teq_antilog_word = 17'd44376;
    28: teq_antilog_word = 17'd43740;
    29: teq_antilog_word = 17'd43113;
    30: teq_antilog_word = 17'd42495;
    31: teq_antilog_word = 17'd41886;
    32: teq_antilog_word = 17'd41285;
    33: teq_antilog_word = 17'd40693;
    34: teq_antilog_word = 17'd40110;
    35: teq_antilog_word = 17'd39535;
    36: teq_antilog_word = 17'd38968;
    37: teq_antilog_word = 17'd38409;
    38: teq_antilog_word = 17'd37859;
    39: teq_antilog_word = 17'd37316;
    40: teq_antilog_word = 17'd36781;
    41: teq_antilog_word = 17'd36254;
    42: teq_antilog_word = 17'd35734;
    43: teq_antilog_word = 17'd35221;
    44: teq_antilog_word = 17'd34716;
    45: teq_antilog_word = 17'd34219;
    46: teq_antilog_word = 17'd33728;
    47: teq_antilog_word = 17'd33245;
    default: teq_antilog_word = 17'd0;
  endcase
endfunction

function integer teq_antilog;
  input integer i;
  input integer mb;
  if (i < 48)
    teq_antilog = (((1 << mb) - 1) * {15'd0, teq_antilog_word(i)} + 32768) >> 16;
  else
    teq_antilog = (((1 << mb) - 1) * {15'd0, teq_antilog_word(i - 48)} + 65536) >> 17;
endfunction
