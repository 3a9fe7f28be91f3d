using MyDocker.Kernel.Cgroups.Systemd;

namespace MyDocker.Kernel.Tests.Cgroups;

public sealed class UnitNameTests
{
    [Theory]
    [InlineData("system.slice", "/system.slice")]
    [InlineData("a-b-c.slice", "/a.slice/a-b.slice/a-b-c.slice")]
    [InlineData("-.slice", "/")]
    public void ASliceIsInThoseThatItsNameSays(string slice, string path) => Assert.Equal(path, UnitName.ExpandSlice(slice));

    [Theory]
    [InlineData("")]
    [InlineData(".slice")]
    [InlineData("a/b.slice")]
    [InlineData("a--b.slice")]
    [InlineData("-a.slice")]
    [InlineData("a.scope")]
    public void OtherNamesAreNoSlices(string slice) => Assert.Throws<ArgumentException>(() => UnitName.ExpandSlice(slice));

    [Theory]
    [InlineData("0", "01")]
    [InlineData("0-1,3", "0b")]
    [InlineData("5-8", "e001")]
    [InlineData(" 1 , 2 ,", "06")]
    public void AListBecomesAMask(string list, string mask) => Assert.Equal(mask, Convert.ToHexStringLower(UnitName.Mask(list)));

    [Theory]
    [InlineData("")]
    [InlineData("3-1")]
    [InlineData("a")]
    [InlineData("-1")]
    [InlineData("99999")]
    public void OtherListsAreRefused(string list) => Assert.Throws<FormatException>(() => UnitName.Mask(list));

    [Fact]
    public void OddCharactersAreEscaped() => Assert.Equal("a-b_c.d\\x2be\\x2ff\\xc3\\xbc", UnitName.Escape("a-b_c.d+e/fü"));
}
