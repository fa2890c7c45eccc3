#include "services/process/program.h"
#include "proto/digest.h"
#include <elf.h>
#include <link.h>

typedef struct {
    const uint8_t *id;
    size_t size;
} build_id_t;

static size_t padded(size_t size)
{
    return (size + 3) & ~(size_t)3;
}

// Notes lie one behind the other: a head, a name, a description, each padded to 4 bytes.
static void find_id(const uint8_t *at, size_t size, build_id_t *ret_id)
{
    ElfW(Nhdr) note;
    while (size >= sizeof note) {
        memcpy(&note, at, sizeof note);
        size_t name = padded(note.n_namesz), whole = sizeof note + name + padded(note.n_descsz);
        if (whole > size)
            return;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
            memcmp(at + sizeof note, "GNU", 4) == 0)
            *ret_id = (build_id_t){at + sizeof note + name, note.n_descsz};
        at += whole;
        size -= whole;
    }
}

// The program itself is the first that is told of.
static int look(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        if (header->p_type == PT_NOTE)
            // NOLINTNEXTLINE(performance-no-int-to-ptr): addresses are numbers there
            find_id((const uint8_t *)(info->dlpi_addr + header->p_vaddr), header->p_memsz, arg);
    }
    return 1;
}

bool program_identity(hash_t *ret_identity)
{
    build_id_t found = {0};
    (void)dl_iterate_phdr(look, &found);
    if (!found.size)
        return false;
    digest_sha256_2(KOPECK_VERSION, sizeof KOPECK_VERSION, found.id, found.size,
                    ret_identity->bytes);
    return true;
}
