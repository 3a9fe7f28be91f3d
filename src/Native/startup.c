/*
 * What the .NET runtime does before Main and our programs do in a cheaper way, or not at all (docs/adr/0011). The linker puts these functions in the
 * place of the runtime's (--wrap, src/Executable.props).
 */
#define _GNU_SOURCE
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <unistd.h>

/*
 * Statics of types, allocated a block at a time.
 *
 * The runtime allocates one pinned object for each linked type that has static fields with references (InitializeStatics in its
 * StartupCodeHelpers.cs), over a thousand of them, each by the collector's slow path for the pinned heap: a thousand instructions. Here they
 * are cut from blocks: one unused object of the pinned heap is allocated in that way, and each object of statics takes the beginning of
 * what is left of it. The rest is an unused object again, so that the heap can be walked at each moment, which is all that the collector
 * asks of what lies in it.
 */

/* What is used of a type: MethodTable.h of the runtime. */
struct type {
    uint16_t element_size; /* of arrays, in bytes */
    uint16_t flags;
    uint32_t base_size; /* bytes of an object without elements: header, pointer to this, fields */
};

struct object { /* its header, 8 bytes, stands before it */
    const struct type *type;
    uint64_t first; /* of arrays and unused objects: the number of elements */
};

enum {
    GC_ALLOC_PINNED_OBJECT_HEAP = 0x40,
    UNUSED = 24,       /* bytes of an unused object without elements, the smallest that there is */
    BLOCK = 16 * 1024, /* bytes allocated at a time */
};

extern const struct type *g_pFreeObjectEEType; /* of unused objects: the runtime's, an array of bytes */
extern void RhAllocateNewArray(const struct type *, uint32_t elements, uint32_t flags, struct object **);
extern void __real_RhAllocateNewObject(const struct type *, uint32_t flags, struct object **);
extern int __real___managed__Main(int, char **);

static struct object *rest; /* the unused object that is cut */
static uint32_t rest_size;  /* its bytes */
static bool has_started;

static bool cut(const struct type *type, struct object **result)
{
    uint32_t size = (type->base_size + 7) & ~7u;
    if (rest_size < size + UNUSED)
        return false;

    *result = rest;
    rest = (struct object *)((char *)rest + size);
    rest_size -= size;
    rest->first = rest_size - UNUSED;
    rest->type = g_pFreeObjectEEType;
    (*result)->first = 0;
    (*result)->type = type;
    return true;
}

void __wrap_RhAllocateNewObject(const struct type *type, uint32_t flags, struct object **result)
{
    const struct type *unused = g_pFreeObjectEEType;
    /* Only while there is one thread and nothing that is collected, and only if unused objects are what they are known to be here. */
    if (!has_started && flags == GC_ALLOC_PINNED_OBJECT_HEAP && unused->base_size == UNUSED && unused->element_size == 1) {
        if (cut(type, result))
            return;
        rest_size = 0;
        rest = NULL;
        RhAllocateNewArray(unused, BLOCK - UNUSED, flags, &rest);
        rest_size = rest ? BLOCK : 0;
        if (cut(type, result))
            return;
    }
    __real_RhAllocateNewObject(type, flags, result);
}

int __wrap___managed__Main(int count, char **arguments)
{
    has_started = true;
    return __real___managed__Main(count, arguments);
}

/*
 * No thread for finalizers. It would be made at each start, would have to be told which signals are whose, and would be the reason why a process
 * that clones itself is not alone. Nothing of ours waits to be finalized: what has to be closed is closed.
 */
bool __wrap__Z23PalStartFinalizerThreadPFjPvES_(uint32_t (*start)(void *), void *context)
{
    (void)start;
    (void)context;
    return true;
}

/* Bounds of the first thread's stack. libc looks for them in /proc/self/maps. */
extern void *__libc_stack_end;
extern bool __real__Z24PalGetMaximumStackBoundsPPvS0_(void **low, void **high);

bool __wrap__Z24PalGetMaximumStackBoundsPPvS0_(void **low, void **high)
{
    enum { PAGE = 4096, USUAL = 8 * 1024 * 1024 };
    struct rlimit limit;
    if (gettid() != getpid() || getrlimit(RLIMIT_STACK, &limit) != 0)
        return __real__Z24PalGetMaximumStackBoundsPPvS0_(low, high);

    uintptr_t end = ((uintptr_t)__libc_stack_end + PAGE) & -(uintptr_t)PAGE;
    *high = (void *)end;
    *low = (void *)(end - (limit.rlim_cur == RLIM_INFINITY ? USUAL : (limit.rlim_cur & -(uintptr_t)PAGE)));
    return true;
}
