extension StatusPage {
    /// Contrast of text is 4.5 : 1 and more, of bars 3 : 1, in both schemes.
    static let style: Markup = """
        :root{color-scheme:light dark;--back:#fff;--card:#f4f5f7;--text:#1b1f24;--soft:#4d5561;--line:#c9ced6;
        --critical:#b3001b;--error:#b3260b;--warning:#7a4a00;--fine:#0b6327;
        --s0:#2563b8;--s1:#0c7f83;--s2:#b07400;--s3:#c62b3b;--s4:#9a3fb0;--s5:#3d6f1e;--s6:#8d4a24}
        @media(prefers-color-scheme:dark){:root{--back:#14171b;--card:#1f242b;--text:#e7eaee;--soft:#a9b2bf;
        --line:#404955;--critical:#ff8d98;--error:#ff9f85;--warning:#f2bb5c;--fine:#72d491;
        --s0:#6ba5f2;--s1:#3fbcc0;--s2:#e0a63c;--s3:#f0707c;--s4:#cf86e0;--s5:#8fc767;--s6:#dba27c}}
        *{box-sizing:border-box}
        body{margin:0 auto;max-width:72rem;padding:1rem;background:var(--back);color:var(--text);
        font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
        h1{font-size:1.5rem;margin:0 0 .5rem}
        h2{font-size:1.2rem;margin:0 0 .5rem}
        h3{font-size:1rem;margin:0}
        p{margin:.25rem 0 .75rem}
        .late{display:none;padding:.5rem .75rem;border:.15rem solid var(--critical)}
        .late strong{color:var(--critical);margin-right:.35rem}
        .stale .late{display:block}.stale .verdict,.stale main{filter:grayscale(1)}
        .host{font-weight:400;color:var(--soft)}
        section{margin:1.75rem 0}
        .verdict{font-size:1.1rem;padding:.5rem .75rem;background:var(--card);border-left:.4rem solid var(--soft)}
        .verdict strong{margin-right:.35rem}
        .critical{border-color:var(--critical)}.critical>strong,.critical .badge,.bad{color:var(--critical)}
        .error{border-color:var(--error)}.error>strong,.error .badge{color:var(--error)}
        .warning{border-color:var(--warning)}.warning>strong,.warning .badge{color:var(--warning)}
        .fine{border-color:var(--fine)}.fine>strong{color:var(--fine)}
        .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.5rem;margin:0}
        .tiles div{background:var(--card);padding:.5rem .75rem}
        dt{color:var(--soft);font-size:.85rem}
        dd{margin:0;font-size:1.25rem;font-weight:600;font-variant-numeric:tabular-nums}
        .alerts{list-style:none;margin:0;padding:0}
        .alerts li{background:var(--card);border-left:.4rem solid var(--line);padding:.5rem .75rem;margin:0 0 .5rem}
        .alerts li.critical{border-color:var(--critical)}.alerts li.error{border-color:var(--error)}
        .alerts li.warning{border-color:var(--warning)}.alerts p{margin:.15rem 0}
        .badge,.label{font-weight:400;font-size:.85rem;padding:0 .4rem;border:1px solid currentColor;
        border-radius:.2rem}
        .label{border-color:var(--line);font-family:ui-monospace,monospace}
        .alerts .first{font-weight:600}
        .facts,caption,figcaption,footer,.detail{color:var(--soft)}
        .detail{font-family:ui-monospace,monospace;font-size:.9rem}
        .wide{overflow-x:auto}
        table{border-collapse:collapse;min-width:100%;overflow-wrap:normal}
        caption{max-width:calc(100vw - 2rem);text-align:left;font-size:.85rem;padding:0 0 .25rem}
        th,td{text-align:left;padding:.25rem .75rem .25rem 0;border-bottom:1px solid var(--line);vertical-align:top}
        thead th{font-size:.85rem;color:var(--soft);vertical-align:bottom}
        tbody th{font-weight:400}
        time,.n,.share{white-space:nowrap;font-variant-numeric:tabular-nums}
        .n{text-align:right}thead .n{white-space:normal}
        .prose{min-width:10rem}
        .bar{display:inline-block;width:5rem;height:.6rem;margin-right:.5rem;background:var(--card);
        border:1px solid var(--line)}
        .bar span{display:block;height:100%;background:var(--s0)}
        figure{margin:.5rem 0 1rem}
        figcaption{font-size:.85rem}
        .key{display:inline-block;margin-right:1rem}
        .swatch{display:inline-block;width:.75rem;height:.75rem;margin-right:.35rem}
        .chart{margin-top:.75rem;display:grid;grid-template-columns:auto 1fr;gap:.25rem .5rem;font-size:.8rem;color:var(--soft)}
        .scale{display:flex;flex-direction:column;justify-content:space-between;text-align:right;line-height:1;
        font-variant-numeric:tabular-nums}
        svg{width:100%;height:11rem;border-bottom:1px solid var(--soft)}
        .grid{stroke:var(--line);vector-effect:non-scaling-stroke;fill:none}
        .days{grid-column:2;display:flex}.days span{min-width:0;overflow:hidden;
        white-space:nowrap;border-left:1px solid var(--line);padding-left:.2rem}
        .s0{fill:var(--s0);background:var(--s0)}.s1{fill:var(--s1);background:var(--s1)}
        .s2{fill:var(--s2);background:var(--s2)}.s3{fill:var(--s3);background:var(--s3)}
        .s4{fill:var(--s4);background:var(--s4)}.s5{fill:var(--s5);background:var(--s5)}
        .s6{fill:var(--s6);background:var(--s6)}
        @media(max-width:40rem){table{font-size:.875rem}th,td{padding-right:.5rem}.bar{width:4rem}}
        @media(max-width:23.5rem){.days span{overflow:visible}.days span:nth-child(odd){font-size:0}}
        summary{cursor:pointer;padding:.5rem 0}
        :focus-visible{outline:2px solid var(--s0);outline-offset:2px}
        footer{font-size:.85rem;border-top:1px solid var(--line);margin-top:2rem;padding-top:.5rem}

        """
}
