using System.Text;
using MyDocker.Kernel.Syscalls;

namespace MyDocker.Runtime.Plan;

/// <summary>hostname, domainname.</summary>
internal static unsafe class HostnameSteps
{
    public static void Add(LaunchPlan plan, LaunchRequest request)
    {
        if (request.Spec.Hostname is { Length: > 0 } host)
        {
            plan.Child.Add("set host name", host, Nr.sethostname, plan.Child.Text(host), Encoding.UTF8.GetByteCount(host));
        }

        if (request.Spec.Domainname is { Length: > 0 } domain)
        {
            plan.Child.Add("set domain name", domain, Nr.setdomainname, plan.Child.Text(domain), Encoding.UTF8.GetByteCount(domain));
        }
    }
}
