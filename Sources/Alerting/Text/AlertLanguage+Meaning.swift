package import Engine
package import Reconciliation

extension AlertLanguage {
    /// What a sink is told of an alert that fires: what happened, what it means, what to do first.
    package func meaning(of alert: Alert) -> String {
        Summaries.text(alert, .firing, in: self)
    }
}
