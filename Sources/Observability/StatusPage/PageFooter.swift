internal import Reconciliation

/// When, by whom, and until when it can be believed.
enum PageFooter {
    static func markup(_ report: StatusReport) -> Markup {
        """
        <footer>
        <p>Generated at \(PageText.second(report.generatedAt)) UTC by bizgo-reconciler \(report.version) on \
        \(report.host), database \(report.database).</p>
        <p>\(staleness(report))</p>
        </footer>

        """
    }

    private static func staleness(_ report: StatusReport) -> Markup {
        switch report.origin {
        case .daemon:
            """
            The daemon rewrites this file after its cycles; load it again to see. A page that is still this one after \
            \(PageText.second(report.staleAt)) UTC is stale: the daemon is not running, or cannot work or write.
            """
        case .command:
            """
            Made once, by <code>report</code>: nobody rewrites this file. After \(PageText.second(report.staleAt)) UTC \
            take it for stale.
            """
        }
    }
}
