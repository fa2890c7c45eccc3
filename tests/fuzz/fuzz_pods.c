// fuzz_pods - any file is a container trace or is refused with file, line and column; the pods that
// were read are in order, each once, and ran forwards.
#include "tools/tracing/pods.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    char path[32], error[PODS_ERROR_MAX] = "";
    pods_t pods;
    file_fill(&fd, path, data, size);
    if (!pods_read(path, &pods, error)) {
        require(error[0] && strlen(error) < sizeof error);
        return 0;
    }
    for (size_t i = 0; i < pods.count; i++) {
        const pod_t *pod = &pods.pods[i];
        require(i == 0 || pod[-1].number < pod->number);
        require(pod->scheduled >= -1 && pod->scheduled <= PODS_SECONDS_MAX);
        require(pod->scheduled < 0 || pod->deleted >= pod->scheduled);
    }
    pods_clear(&pods);
    return 0;
}
