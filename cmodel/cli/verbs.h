/* SPDX-License-Identifier: Apache-2.0
 *
 * The verbs of the command `teq`. A new verb is a line here and a function
 *
 *     int teq_cmd_NAME(int argc, char **argv);
 *
 * in cmodel/cli/NAME.c: argv[0] is "teq NAME", arguments are read with argp, the result is
 * the exit status: 0, 1 for failure, 2 for wrong usage, 3 of quantize --strict for a loss above --max-loss.
 */
#ifndef TEQ_CLI_VERBS_H
#define TEQ_CLI_VERBS_H

#define TEQ_VERBS(VERB) \
    VERB(inspect, "what is in an ONNX network, or in a .teq file") \
    VERB(quantize, "an ONNX network and unlabelled samples into a .teq file")    \
    VERB(eval, "accuracy of a .teq file, in the array's integers")                   \
    VERB(compile, "a .teq file into a program of the core") \
    VERB(run, "a compiled network on the core: cycle model, Verilog, gates") \
    VERB(bench, "speed of quantize and eval, beside the float executor and sgemm") \
    VERB(report, "all methods on one network: table, page, rows")

#define TEQ_DECLARE_VERB(name, about) int teq_cmd_##name(int argc, char **argv);
TEQ_VERBS(TEQ_DECLARE_VERB)

#endif
