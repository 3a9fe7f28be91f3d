namespace MyDocker.Stress;

/// <summary>Static fields of types with one to some dozens of them, which hold what nobody else holds, beside the framework's own.</summary>
internal static class Statics
{
    public static void Fill()
    {
        Held<int>.Fill(1);
        Held<long>.Fill(2);
        Held<string>.Fill(3);
        Held<object>.Fill(4);
        Held<byte[]>.Fill(5);
        Held<List<int>>.Fill(6);
        Held<(int, string)>.Fill(7);
        Held<Dictionary<string, int>>.Fill(8);
        Many.A = Text(9);
        Many.Y = [Text(10), Text(11)];
        Many.Z = new Dictionary<string, string> { [Text(12)] = Text(13) };
    }

    /// <exception cref="InvalidOperationException">a field holds something else than it was given.</exception>
    public static void Check()
    {
        var good = Held<int>.Holds(1) && Held<long>.Holds(2) && Held<string>.Holds(3) && Held<object>.Holds(4) && Held<byte[]>.Holds(5)
            && Held<List<int>>.Holds(6) && Held<(int, string)>.Holds(7) && Held<Dictionary<string, int>>.Holds(8)
            && Many.A == Text(9) && Many.Y![1] == Text(11) && Many.Z![Text(12)] == Text(13)
            && EqualityComparer<string>.Default.Equals(Text(14), Text(14)) && Comparer<long>.Default.Compare(1, 2) < 0;
        if (!good)
        {
            throw new InvalidOperationException("a static field has lost what it held");
        }
    }

    private static string Text(int number) => $"held {number}";

    private static class Held<T>
    {
        private static string? s_text;
        private static object?[]? s_values;

        public static void Fill(int number) => (s_text, s_values) = (Text(number), [Text(number), typeof(T), new T[number]]);

        public static bool Holds(int number)
            => s_text == Text(number) && s_values is [string text, Type type, T[] array] && text == s_text && type == typeof(T) && array.Length == number;
    }

    private static class Many
    {
        public static string? A;
        public static string[]? Y;
        public static Dictionary<string, string>? Z;
    }
}
