using System.Runtime.CompilerServices;
using MyDocker.Kernel.Processes;
using MyDocker.Kernel.Scheduling;

namespace MyDocker.Kernel.Tests.Scheduling;

public sealed class NumberListTests
{
    [Theory]
    [InlineData("", new ulong[0])]
    [InlineData("0", new ulong[] { 1 })]
    [InlineData("0-3,7", new ulong[] { 0x8F })]
    [InlineData("63,64", new ulong[] { 1UL << 63, 1 })]
    [InlineData(" 1 , 2", new ulong[] { 6 })]
    public void A_list_is_a_mask(string text, ulong[] mask) => Assert.Equal(mask, NumberList.TryParse(text));

    [Theory]
    [InlineData(",")]
    [InlineData("1-")]
    [InlineData("-1")]
    [InlineData("3-1")]
    [InlineData("a")]
    [InlineData("1;2")]
    [InlineData("99999")]
    [InlineData("0-99999999999")]
    public void What_is_no_list_is_nothing(string text) => Assert.Null(NumberList.TryParse(text));

    /// <summary>Any set of numbers, written one by one or as ranges, is read as itself.</summary>
    [Fact]
    public void Every_set_survives()
    {
        var random = new Random(42);
        for (var round = 0; round < 500; round++)
        {
            var numbers = Enumerable.Range(0, random.Next(1, 40)).Select(_ => random.Next(0, 300)).ToHashSet();
            var text = string.Join(',', numbers.Select(number => random.Next(2) == 0 ? $"{number}" : $"{number}-{number}"));
            var mask = NumberList.TryParse(text)!;
            Assert.Equal(numbers.Order(), Enumerable.Range(0, mask.Length * 64).Where(bit => (mask[bit / 64] & (1UL << (bit % 64))) != 0));
        }
    }

    [Fact]
    public void Structures_have_the_kernels_sizes()
    {
        Assert.Equal((int)SchedulerAttributes.Length, Unsafe.SizeOf<SchedulerAttributes>()); // SCHED_ATTR_SIZE_VER1
        Assert.Equal(16, Unsafe.SizeOf<ResourceLimit>());
        Assert.Equal(15, ResourceLimits.NumberOf("RLIMIT_RTTIME"));
        Assert.Equal(7, ResourceLimits.NumberOf("RLIMIT_NOFILE"));
        Assert.Equal(6, MemoryPolicy.ModeOf("MPOL_WEIGHTED_INTERLEAVE"));
    }
}
