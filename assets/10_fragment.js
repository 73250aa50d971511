// The JavaScript half of dashboard/components/fragment.py: HTML from the server as one leaf property.
window.dabiao = {
  Fragment: function Fragment(props) {
    const loading = window.dash_component_api.useDashContext().useLoading();
    return React.createElement('div', {
      id: props.id,
      className: props.className,
      role: props.region ? 'region' : undefined,
      'aria-label': props.region,
      'aria-busy': loading || undefined,
      'data-dash-is-loading': loading || undefined,
      dangerouslySetInnerHTML: { __html: props.html || '' },
    });
  },
};
