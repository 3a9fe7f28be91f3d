using System.Net;
using System.Runtime.InteropServices;
using MyDocker.Kernel.Netlink;
using static MyDocker.Kernel.Netlink.RtNetlink;

namespace MyDocker.Kernel.Tests;

/// <summary>The bytes of requests, and reading of bytes that a kernel would not send.</summary>
public sealed class NetlinkBatchTests
{
    private readonly NetlinkBatch _batch = new();

    public NetlinkBatchTests()
    {
        _batch.Reset(7);
        Assert.SkipUnless(BitConverter.IsLittleEndian, "the expected bytes are little-endian");
    }

    [Fact]
    public void AnAddressRequestIsTheseBytes()
    {
        Addresses.Add(_batch, 3, IPAddress.Parse("10.1.2.3"), 24, IPAddress.Parse("10.1.2.255"));
        Assert.Equal(
            "30000000" + "1400" + "0506" + "07000000" + "00000000" // length 48, RTM_NEWADDR, REQUEST|ACK|EXCL|CREATE, sequence, port
            + "02180000" + "03000000" // AF_INET, /24, flags, scope; link 3
            + "08000200" + "0A010203" // IFA_LOCAL
            + "08000100" + "0A010203" // IFA_ADDRESS
            + "08000400" + "0A0102FF", // IFA_BROADCAST
            Convert.ToHexString(_batch.Bytes));
    }

    [Fact]
    public void AVethRequestNestsThePeer()
    {
        Links.CreateVeth(_batch, new VethEnd("eth0", Index: 100, Up: true), new VethEnd("web-1", NetnsFd: 9));
        Assert.Equal(
            "88000000" + "1000" + "0506" + "07000000" + "00000000"
            + "00000000" + "64000000" + "01000000" + "01000000" // ifinfomsg: index 100, up
            + "09000300" + "6574683000000000" // IFLA_IFNAME "eth0\0", padded
            + "08001F00" + "01000000" + "08002000" + "01000000" // one queue each way
            + "4C001280" // IFLA_LINKINFO | NLA_F_NESTED
            + "09000100" + "7665746800000000" // "veth"
            + "3C000280" + "38000180" // IFLA_INFO_DATA, VETH_INFO_PEER
            + "00000000000000000000000000000000"
            + "0A000300" + "7765622D31000000"
            + "08001F00" + "01000000" + "08002000" + "01000000"
            + "08001C00" + "09000000", // IFLA_NET_NS_FD
            Convert.ToHexString(_batch.Bytes));
    }

    [Fact]
    public void RequestsFollowEachOtherWithRisingSequenceNumbers()
    {
        Links.Delete(_batch, 1);
        var first = _batch.Bytes.Length;
        Links.SetMaster(_batch, 2, 5);
        Assert.Equal(2, _batch.Count);
        var second = MemoryMarshal.Read<NlMsgHdr>(_batch.Bytes[first..]);
        Assert.Equal((RTM_SETLINK, 8u, (uint)(_batch.Bytes.Length - first)), (second.Type, second.Sequence, second.Length));
    }

    [Fact]
    public void TheBufferGrowsAndKeepsWhatIsInIt()
    {
        for (var i = 0; i < 200; i++)
        {
            Links.SetAlias(_batch, i, new string('x', 255));
        }

        for (int i = 0, offset = 0; i < 200; i++)
        {
            Assert.Equal(i, MemoryMarshal.Read<IfInfoMsg>(_batch.Bytes[(offset + 16)..]).Index);
            offset += (int)MemoryMarshal.Read<NlMsgHdr>(_batch.Bytes[offset..]).Length;
        }
    }

    [Fact]
    public void PaddingIsZeroInAReusedBuffer()
    {
        Links.SetAlias(_batch, 1, new string('x', 64));
        _batch.Reset(7);
        Links.SetAlias(_batch, 1, "a");
        Assert.Equal("06001400" + "61000000", Convert.ToHexString(_batch.Bytes[^8..]));
    }

    [Theory]
    [InlineData("0300", 0)] // length below the header
    [InlineData("FF000100AA", 0)] // length beyond the end
    [InlineData("05000100AA", 1)] // last one without padding
    [InlineData("0400010008000200AABBCCDD", 2)]
    [InlineData("04000100" + "00000000", 1)]
    public void ReadingAttributesEndsAtTheFirstBrokenOne(string hex, int count)
    {
        var found = 0;
        foreach (var attribute in new NetlinkAttributes(Convert.FromHexString(hex)))
        {
            found++;
            _ = attribute.Type;
        }

        Assert.Equal(count, found);
    }

    [Fact]
    public void RandomBytesNeverBreakTheReaders()
    {
        var random = new Random(1);
        var bytes = new byte[200];
        for (var i = 0; i < 20_000; i++)
        {
            random.NextBytes(bytes);
            var payload = bytes.AsSpan(0, random.Next(bytes.Length));
            Links.Parse(new NetlinkMessage(new NlMsgHdr { Type = RTM_NEWLINK }, payload));
            Routes.Parse(new NetlinkMessage(new NlMsgHdr { Type = RTM_NEWROUTE }, payload));
            Addresses.Parse(new NetlinkMessage(new NlMsgHdr { Type = RTM_NEWADDR }, payload));
        }
    }

    [Theory]
    [InlineData("02:42:ac:11:00:02", "02:42:ac:11:00:02")]
    [InlineData("02-42-AC-11-00-FF", "02:42:ac:11:00:ff")]
    [InlineData("02:42:ac:11:00", null)]
    [InlineData("02:42:ac:11:00:0g", null)]
    [InlineData("02:42:ac:11:00:2", null)]
    [InlineData("02:42:ac:11:00:+2", null)]
    [InlineData("", null)]
    public void MacAddressesAreRead(string text, string? expected)
        => Assert.Equal(expected, MacAddress.TryParse(text, out var mac) ? mac.ToString() : null);

    [Theory]
    [InlineData("eth0", true)]
    [InlineData("123456789012345", true)]
    [InlineData("1234567890123456", false)]
    [InlineData("", false)]
    [InlineData("..", false)]
    [InlineData("a/b", false)]
    [InlineData("a b", false)]
    [InlineData("a:b", false)]
    [InlineData("brücke", false)]
    public void LinkNamesAreThoseOfTheKernel(string name, bool valid) => Assert.Equal(valid, Links.IsValidName(name));
}
