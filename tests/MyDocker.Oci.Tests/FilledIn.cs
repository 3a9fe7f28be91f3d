using System.Collections;
using System.Reflection;

namespace MyDocker.Oci.Tests;

/// <summary>Finds the properties that a document left empty: what a reader does not know, it cannot fill.</summary>
internal static class FilledIn
{
    public static IEnumerable<string> EmptyProperties(object value, string path)
    {
        foreach (var property in value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var here = $"{path}.{property.Name}";
            var inner = property.GetValue(value);
            if (inner is null or "")
            {
                yield return here;
                continue;
            }

            IEnumerable members = inner switch
            {
                IDictionary dictionary => dictionary.Values,
                string or byte[] => Array.Empty<object>(),
                IEnumerable list => list,
                _ when inner.GetType().IsPrimitive => Array.Empty<object>(),
                _ => new[] { inner },
            };
            if (inner is ICollection { Count: 0 })
            {
                yield return here;
            }

            foreach (var member in members)
            {
                if (member is string || member.GetType().IsPrimitive)
                {
                    continue;
                }

                foreach (var empty in EmptyProperties(member, here))
                {
                    yield return empty;
                }
            }
        }
    }
}
