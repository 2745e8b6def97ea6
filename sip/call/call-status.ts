/** What the meeting reads about a call that came to nothing, by the status it was refused with; 0: nobody answered at all. */
export function callStatusOf(status: number): string {
  switch (status) {
    case 486:
    case 600:
      return 'Busy';
    case 403:
    case 603:
      return 'Rejected';
    case 404:
    case 484:
    case 604:
      return 'Number not found';
    case 408:
    case 480:
    case 487:
      return 'No Answer';
    default:
      return 'Failed';
  }
}
