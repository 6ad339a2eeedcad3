export function ProgressBar({ share }: { readonly share: number }) {
  return (
    <svg class="progress" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
      <rect class="bg" width="100" height="6" />
      <rect class="fg" width={Math.round(share * 100)} height="6" />
    </svg>
  );
}
