/* One image on a teq_core from C without a library: the header is `teq compile -H net.h`. */
#include "net.h"
#include "teq/driver.h"

#ifndef CORE_BASE
#define CORE_BASE 0x40000000
#endif

/* input: NET_C * NET_H * NET_W codes. The class, or a negative error. */
int classify(const uint8_t *input, int16_t *words)
{
    teq_driver core = {.base = (volatile uint32_t *)(uintptr_t)CORE_BASE, .patience = 1000000};
    static uint32_t in[NET_INPUT_BYTES / 4], out[NET_OUT_BEATS];
    static uint8_t bytes[NET_INPUT_BYTES];
    net_order(input, bytes);
    for (unsigned i = 0; i < NET_INPUT_BYTES; i++) /* lowest byte first */
        in[i / 4] = i % 4 ? in[i / 4] | (uint32_t)bytes[i] << 8 * (i % 4) : bytes[i];
    teq_driver_status s = teq_driver_open(&core);
    if (s == TEQ_DRIVER_OK)
        s = teq_driver_load(&core, net_image, sizeof net_image / sizeof *net_image); /* once is enough */
    if (s == TEQ_DRIVER_OK)
        s = teq_driver_infer(&core, in, NET_INPUT_BYTES / 4, out, NET_OUT_BEATS);
    if (s != TEQ_DRIVER_OK)
        return -(int)s; /* core.cause and core.info say more */
    int best = 0;
    for (unsigned i = 0; i < 2 * NET_OUT_BEATS; i++)
        if (net_out[i] < NET_OUT_WORDS)
            words[net_out[i]] = (int16_t)(out[i / 2] >> 16 * (i % 2));
    for (int i = 1; i < NET_OUT_WORDS; i++)
        best = words[i] > words[best] ? i : best;
    return best;
}
