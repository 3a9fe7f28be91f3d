using MyDocker.Images.Archives;

namespace MyDocker.Images.Registry;

/// <summary>An archive on a web server, for "import URL": by the same proxies and certificates as registries are reached.</summary>
public sealed class ArchiveDownload : IDisposable
{
    private readonly Transport _transport;
    private readonly HttpResponseMessage _answer;

    /// <exception cref="ImageException">it cannot be had; why.</exception>
    public ArchiveDownload(string url)
        : this(url, RegistrySettings.Load())
    {
    }

    internal ArchiveDownload(string url, RegistrySettings settings)
    {
        var what = $"import {Printable.Name(url).Trim('\'')}";
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.UserInfo.Length > 0)
        {
            throw new ImageException($"{what}: it is not a URL; expected http://HOST/PATH or https://HOST/PATH");
        }

        _transport = new Transport(settings.For(uri.Authority), uri.Authority, settings.Proxy());
        try
        {
            _answer = _transport.Send(() => new HttpRequestMessage(HttpMethod.Get, uri), what);
            if (!_answer.IsSuccessStatusCode)
            {
                using (_answer)
                {
                    throw new ImageException(RegistryFailure.Of(_answer, what).Message.Replace("the registry answers", "the server answers", StringComparison.Ordinal));
                }
            }

            Content = new WholeStream(_answer.Content.ReadAsStream(), _answer.Content.Headers.ContentLength, what);
        }
        catch (RegistryFailure e)
        {
            _transport.Dispose();
            throw new ImageException(e.Message, e);
        }
        catch
        {
            _transport.Dispose();
            throw;
        }
    }

    /// <summary>The archive as it comes; it is an error if the connection breaks before its end.</summary>
    public Stream Content { get; }

    public void Dispose()
    {
        _answer.Dispose();
        _transport.Dispose();
    }

    private sealed class WholeStream(Stream body, long? length, string what) : ReadOnlyStream
    {
        private long _count;

        public override int Read(Span<byte> buffer)
        {
            try
            {
                var count = body.Read(buffer);
                _count += count;
                return count > 0 || length is null || _count == length || buffer.IsEmpty ? count
                    : throw new ImageException($"{what}: it ends after {_count} of {length} bytes");
            }
            catch (Exception e) when (e is IOException or HttpRequestException)
            {
                throw new ImageException($"{what}: it broke off after {_count}{(length is null ? "" : $" of {length}")} bytes: {e.Message}", e);
            }
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
    }
}
