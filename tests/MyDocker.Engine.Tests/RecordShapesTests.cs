using System.Collections;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using MyDocker.Engine.Containers;
using MyDocker.Engine.Events;
using MyDocker.Oci.Json;

namespace MyDocker.Engine.Tests;

/// <summary>The shapes of the start path read and write what the serializer does: every property of every record, filled in and left out.</summary>
public sealed class RecordShapesTests
{
    [Fact]
    public void ARecord() => AssertSame(RecordShapes.Record, EngineJson.Default.ContainerRecord);

    [Fact]
    public void AState() => AssertSame(RecordShapes.State, EngineJson.Default.ContainerState);

    [Fact]
    public void AnEvent() => AssertSame(RecordShapes.Event, EngineJson.Default.EngineEvent);

    [Fact]
    public void ARecordOfBefore()
    {
        var record = RecordShapes.Record.TryRead("""{"id":"a","unknown":{"x":[1,{}]},"options":{"labels":{"k":"v"}}}"""u8)!;
        record.Options.Labels["more"] = "m";
        Assert.Equal("v", record.Options.Labels["k"]);
        Assert.Equal("SIGTERM", record.StopSignal);
        Assert.Empty(RecordShapes.Record.TryRead("""{"id":"b"}"""u8)!.Options.Labels);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"pid\":\"7\"}")]
    [InlineData("{\"pid\":null}")]
    [InlineData("{\"health\":{\"log\":[7]}}")]
    [InlineData("{\"pid\":7")]
    public void WhatIsWrongIsLeftToTheSerializer(string text) => Assert.Null(RecordShapes.State.TryRead(System.Text.Encoding.UTF8.GetBytes(text)));

    private static void AssertSame<T>(JsonShape<T> shape, JsonTypeInfo<T> type)
        where T : class
    {
        foreach (var value in new[] { (T)Filled(typeof(T)), (T)Activator.CreateInstance(typeof(T))! })
        {
            var oracle = JsonSerializer.SerializeToUtf8Bytes(value, type);
            var own = shape.ToBytes(value);
            Assert.True(JsonNode.DeepEquals(JsonNode.Parse(oracle), JsonNode.Parse(own)), System.Text.Encoding.UTF8.GetString(own));
            Assert.Equal(oracle, JsonSerializer.SerializeToUtf8Bytes(shape.TryRead(oracle)!, type));
        }
    }

    /// <summary>An object none of whose properties has its default.</summary>
    private static object Filled(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string))
        {
            return "täxt \"q\"\n";
        }

        if (type == typeof(bool))
        {
            return true;
        }

        if (type == typeof(DateTimeOffset))
        {
            return new DateTimeOffset(2026, 11, 29, 1, 2, 3, TimeSpan.FromHours(2)).AddTicks(1_200_000);
        }

        if (type.IsPrimitive)
        {
            return Convert.ChangeType(77, type);
        }

        if (type.IsGenericType)
        {
            var arguments = type.GetGenericArguments();
            if (arguments.Length == 2)
            {
                var map = (IDictionary)Activator.CreateInstance(type)!;
                map["key"] = Filled(arguments[1]);
                return map;
            }

            var list = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(arguments))!;
            list.Add(Filled(arguments[0]));
            return list;
        }

        var constructor = type.GetConstructors().OrderBy(one => one.GetParameters().Length).First();
        var value = constructor.Invoke([.. constructor.GetParameters().Select(parameter => Filled(parameter.ParameterType))]);
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.CanWrite && property.GetCustomAttribute<JsonIgnoreAttribute>() is not { Condition: JsonIgnoreCondition.Always })
            {
                property.SetValue(value, Filled(property.PropertyType));
            }
        }

        return value;
    }
}
