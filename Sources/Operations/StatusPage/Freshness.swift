internal import Reconciliation

/// When the page was made, and until when it can be believed: a daemon that has died does not say so.
///
/// The page says it in words. Where scripts run, one of them, without anything foreign in it, says it aloud as soon as
/// that time has passed.
enum Freshness {
    static func markup(_ report: StatusReport) -> Markup {
        """
        <p class="late" role="alert"><strong>Stale</strong> Nobody has rewritten this page in time: what it says may be \
        over, and worse may have come. Load it again; if it stays, see whether the daemon runs.</p>
        <p class="facts">As of \(report.clock.second(report.generatedAt)) \(own: report.zone.offset)\(origin(report)) \
        <span id="until">\(report.clock.second(report.staleAt))</span>. All times are UTC\(own: report.zone.offset).</p>

        """
    }

    private static func origin(_ report: StatusReport) -> Markup {
        switch report.origin {
        case .daemon: ". The daemon rewrites this page after its cycles; it is stale if it is still this one after"
        case .command: ", made once, by <code>report</code>; take it for stale after"
        }
    }

    static let script: Markup = """
        <script>
        const until = Date.parse(document.querySelector("#until time").dateTime);
        const look = () => {
          if (Date.now() < until || document.body.className) return;
          document.body.className = "stale";
          document.title = "Stale: " + document.title;
        };
        look();
        setInterval(look, 1000);
        </script>

        """

    /// Of the script, for the page's policy: nothing else may run. A test says what it must be.
    static let scriptHash = "sha256-69Yd62hLBxw/md6wGtuvo2h1cUWvrDvbiCEJZw6LxZg="
}
