using System.Collections;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using MyDocker.Engine.Containers;
using MyDocker.Engine.Containers.Text;
using MyDocker.Oci.Json;

namespace MyDocker.Engine.Tests;

/// <summary>What is read and written without the serializer is what the serializer reads and writes, to the last property.</summary>
public sealed class ContainerTextTests
{
    private static readonly DateTimeOffset s_time = new(2026, 11, 29, 1, 2, 3, 456, 789, TimeSpan.Zero);

    [Fact]
    public void ARecordWithEveryPropertySurvives()
    {
        var record = (ContainerRecord)Filled(typeof(ContainerRecord), "record");
        AssertSame(record, EngineJson.Default.ContainerRecord, RecordText.Read, ContainerText.Write(record));
    }

    [Fact]
    public void AStateWithEveryPropertySurvives()
    {
        var state = (ContainerState)Filled(typeof(ContainerState), "state");
        AssertSame(state, EngineJson.Default.ContainerState, StateText.Read, ContainerText.Write(state));
    }

    [Fact]
    public void WhatIsEmptySurvives()
    {
        AssertSame(new ContainerRecord(), EngineJson.Default.ContainerRecord, RecordText.Read, ContainerText.Write(new ContainerRecord()));
        AssertSame(new ContainerState(), EngineJson.Default.ContainerState, StateText.Read, ContainerText.Write(new ContainerState()));
    }

    [Theory]
    [InlineData("{\"id\":7}")]
    [InlineData("{\"id\":null}")]
    [InlineData("{\"options\":{\"memory\":\"x\"}}")]
    [InlineData("{\"options\":{\"mounts\":[{\"type\":\"bind\"}]}}")]
    [InlineData("{\"created\":\"yesterday\"}")]
    [InlineData("[]")]
    [InlineData("{}{}")]
    [InlineData("null")]
    public void WhatIsWrongIsNotTaken(string text) => Assert.Null(JsonCursor.TryRead(Encoding.UTF8.GetBytes(text), RecordText.Read));

    [Fact]
    public void AnUnknownPropertyOfANewerVersionIsPassedOver()
        => Assert.Equal("x", ContainerText.ReadRecord("{\"future\":{\"a\":[1,{}]},\"name\":\"x\"}"u8.ToArray()).Name);

    private static void AssertSame<T>(T value, JsonTypeInfo<T> type, JsonReading<T?> read, byte[] written)
        where T : class
    {
        var expected = JsonSerializer.Serialize(value, type);
        Assert.Equal(expected, JsonSerializer.Serialize(JsonSerializer.Deserialize(written, type)!, type));
        Assert.Equal(expected, JsonSerializer.Serialize(JsonCursor.TryRead(Encoding.UTF8.GetBytes(expected), read)!, type));
        Assert.Equal(expected, JsonSerializer.Serialize(JsonCursor.TryRead(written, read)!, type));
    }

    /// <summary>A value of a type with nothing in it that is empty or a default.</summary>
    private static object Filled(Type type, string name)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string))
        {
            return $"{name} \"é\\\n\u0001😀";
        }

        if (type == typeof(bool))
        {
            return true;
        }

        if (type == typeof(DateTimeOffset))
        {
            return s_time;
        }

        if (type.IsPrimitive)
        {
            return Convert.ChangeType(name.Length + 1, type, System.Globalization.CultureInfo.InvariantCulture);
        }

        if (type.IsGenericType && type.GetGenericArguments() is var arguments && typeof(IEnumerable).IsAssignableFrom(type))
        {
            if (arguments.Length == 2)
            {
                var map = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(arguments))!;
                map["key of " + name] = Filled(arguments[1], name);
                map["b"] = Filled(arguments[1], "b");
                return map;
            }

            var list = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(arguments))!;
            list.Add(Filled(arguments[0], name));
            list.Add(Filled(arguments[0], "second"));
            return list;
        }

        var constructor = type.GetConstructors().OrderByDescending(one => one.GetParameters().Length).First(one => one.GetParameters() is not [var only] || only.ParameterType != type);
        var value = constructor.Invoke([.. constructor.GetParameters().Select(parameter => Filled(parameter.ParameterType, parameter.Name!))]);
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite && property.GetCustomAttribute<JsonIgnoreAttribute>() is not { Condition: JsonIgnoreCondition.Always }))
        {
            property.SetValue(value, Filled(property.PropertyType, property.Name));
        }

        return value;
    }
}
