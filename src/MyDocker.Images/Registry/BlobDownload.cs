using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using MyDocker.Images.Manifests;
using MyDocker.Images.Store;
using MyDocker.Oci.Image;

namespace MyDocker.Images.Registry;

/// <summary>
/// Fetches a blob into the store, from where an earlier try stopped: after a connection that broke it asks for the rest
/// (Range), as often as something came. The digest is computed while the bytes pass. Who unpacks the blob reads it from
/// the file as it grows, so nothing has to be held in memory, and the network never waits for the disk's other half.
/// </summary>
internal sealed class BlobDownload(RegistryClient client, Descriptor blob, PartialBlob partial, string what, Action<TransferEvent>? progress)
{
    private const int Piece = 256 * 1024;

    private readonly string _hex = ManifestDocument.HexOf(blob, what);
    private readonly object _grown = new();
    private readonly byte[] _buffer = new byte[Piece];
    private long _available;
    private bool _isDone;
    private Exception? _failure;

    /// <summary>How much was there from an earlier try, bytes.</summary>
    public long Resumed { get; private set; }

    /// <summary>Fetches all of it. Whatever goes wrong, who reads it from the file hears of it, too.</summary>
    /// <exception cref="ImageException">the content is not what the digest says; nothing of it is kept.</exception>
    public void Run()
    {
        try
        {
            Fetch();
            Tell(done: true, null);
        }
        catch (Exception e)
        {
            Tell(done: true, e);
            throw;
        }
    }

    /// <summary>The blob from its start, waiting where it has not come yet.</summary>
    public Archives.ReadOnlyStream Reader() => new GrowingStream(this);

    private void Fetch()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        if (partial.Length > blob.Size)
        {
            partial.Truncate();
        }

        HashWhatIsThere(hash);
        Resumed = partial.Length;
        for (var attempt = 1; partial.Length < blob.Size;)
        {
            var before = partial.Length;
            try
            {
                FetchRest(hash);
            }
            catch (RegistryFailure failure) when (failure.IsPassing && !Retry.IsHopeless(failure))
            {
                attempt = partial.Length > before ? 1 : attempt + 1;
                if (attempt > Retry.Attempts)
                {
                    throw;
                }

                client.Retry.Wait(failure, attempt);
            }
        }

        if (Convert.ToHexStringLower(hash.GetHashAndReset()) != _hex)
        {
            partial.Truncate();
            throw Resumed > 0
                ? new StalePartException($"{what}: what an earlier pull left of {blob.Digest} does not fit the rest")
                : new ImageException($"{what}: the content that came for {blob.Digest} has another digest; nothing of it was stored");
        }
    }

    private void HashWhatIsThere(IncrementalHash hash)
    {
        for (var offset = 0L; offset < partial.Length;)
        {
            var count = partial.Read(_buffer.AsSpan(0, (int)Math.Min(Piece, partial.Length - offset)), offset);
            hash.AppendData(_buffer, 0, count);
            offset += count;
        }

        Grow(partial.Length);
    }

    private void FetchRest(IncrementalHash hash)
    {
        var offset = partial.Length;
        using var answer = client.OpenBlob(blob.Digest, offset, what);
        var skip = SkipOf(answer, offset);
        CheckLength(answer, offset - skip);
        try
        {
            using var body = answer.Content.ReadAsStream();
            int count;
            while ((count = body.Read(_buffer)) > 0)
            {
                var bytes = _buffer.AsSpan((int)Math.Min(skip, count), (int)(count - Math.Min(skip, count)));
                skip -= Math.Min(skip, count);
                if (bytes.Length > blob.Size - partial.Length)
                {
                    partial.Truncate();
                    throw new ImageException($"{what}: the registry sends more than the {blob.Size} bytes that {blob.Digest} has; nothing of it was stored");
                }

                partial.Append(bytes);
                hash.AppendData(bytes);
                Grow(partial.Length);
            }
        }
        catch (Exception e) when (e is IOException or HttpRequestException or System.Net.Sockets.SocketException)
        {
            throw RegistryFailure.Unreachable(answer.RequestMessage!.RequestUri!, $"{what}: {blob.Digest} broke off after {partial.Length} of {blob.Size} bytes", e);
        }

        if (partial.Length < blob.Size)
        {
            throw new RegistryFailure($"{what}: {blob.Digest} ends after {partial.Length} of {blob.Size} bytes", null, "");
        }
    }

    // A registry may answer a question for a part with the whole.
    private long SkipOf(HttpResponseMessage answer, long offset)
    {
        if (answer.StatusCode != HttpStatusCode.PartialContent)
        {
            return offset;
        }

        return answer.Content.Headers.ContentRange is { } range && range.From == offset
            ? 0
            : throw new ImageException($"{what}: the registry was asked for {blob.Digest} from byte {offset} on and sends {answer.Content.Headers.ContentRange}");
    }

    private void CheckLength(HttpResponseMessage answer, long from)
    {
        if (answer.Content.Headers.ContentLength is { } length && length > blob.Size - from)
        {
            throw new ImageException($"{what}: the registry sends {from + length} bytes for {blob.Digest}, which has {blob.Size}; nothing of it was stored");
        }
    }

    private void Grow(long available)
    {
        lock (_grown)
        {
            _available = available;
            Monitor.PulseAll(_grown);
        }

        progress?.Invoke(new TransferEvent(_hex, TransferPhase.Downloading, available, blob.Size));
    }

    private void Tell(bool done, Exception? failure)
    {
        lock (_grown)
        {
            (_isDone, _failure) = (done, failure);
            Monitor.PulseAll(_grown);
        }
    }

    private long WaitFor(long position)
    {
        lock (_grown)
        {
            while (_available <= position && !_isDone)
            {
                Monitor.Wait(_grown);
            }

            return _failure is { } failure ? throw new BrokenOffException(failure) : _available;
        }
    }

    private sealed class GrowingStream(BlobDownload download) : Archives.ReadOnlyStream
    {
        private long _position;
        private long _available;

        public override int Read(Span<byte> buffer)
        {
            if (_position >= _available)
            {
                _available = download.WaitFor(_position);
            }

            var count = (int)Math.Min(buffer.Length, _available - _position);
            count = count == 0 ? 0 : download.Read(buffer[..count], _position);
            _position += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
    }

    private int Read(Span<byte> buffer, long offset) => partial.Read(buffer, offset);
}

/// <summary>What was on disk from an earlier try is of no use; without it the same may go well.</summary>
internal sealed class StalePartException(string message) : Exception(message);

/// <summary>The reader of a download stops because the download has failed; why is said by the download.</summary>
internal sealed class BrokenOffException(Exception cause) : Exception(cause.Message, cause);
